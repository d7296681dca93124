"""System checks say what is wrong in the settings before the server starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from realtime.checks import check_settings

if TYPE_CHECKING:
    from pytest_django import Settings


def test_settings_of_the_site_are_in_order(settings: Settings) -> None:
    assert check_settings() == []
    del settings.GOBY
    assert check_settings() == []


def test_each_wrong_entry_is_an_error_with_a_number(settings: Settings) -> None:
    settings.GOBY = {"PROFIL": "production", "BATCH_MAX_SIZE": "20", "ALLOW_GUESTS": True}

    errors = check_settings()

    assert [error.id for error in errors] == ["realtime.E001", "realtime.E002"]
    assert 'GOBY["PROFIL"] is not a setting' in errors[0].msg
    assert 'GOBY["BATCH_MAX_SIZE"] must be a whole number' in errors[1].msg


def test_check_command_reports_them(settings: Settings) -> None:
    settings.GOBY = {"PROFILE": "fast"}

    with pytest.raises(SystemCheckError, match="development, production, high_scale"):
        call_command("check")
