"""System checks say what is wrong in the settings before the server starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from realtime.checks import (
    check_api_keys,
    check_environment,
    check_fragment_cache,
    check_insecure,
    check_insecure_deployment,
    check_settings,
)

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


def test_key_that_cannot_be_used_is_an_error_that_does_not_show_it(settings: Settings) -> None:
    settings.GOBY = {
        "TOKEN_KEYS": {
            "weak": {"algorithm": "HS256", "key": "too short a secret"},
            "odd": {"algorithm": "HS1", "key": "x"},
            "empty": {"algorithm": "RS256"},
        }
    }

    errors = check_settings()

    assert [error.id for error in errors] == ["realtime.E001", "realtime.E002", "realtime.E003"]
    assert 'GOBY["TOKEN_KEYS"]["weak"] is too weak' in errors[0].msg
    assert 'GOBY["TOKEN_KEYS"]["odd"] has an unknown algorithm' in errors[1].msg
    assert 'GOBY["TOKEN_KEYS"]["empty"] needs exactly' in errors[2].msg
    assert "too short a secret" not in errors[0].msg


def test_wrong_variable_is_an_error_beside_the_wrong_entries(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOBY = {"PROFILE": "fast"}
    monkeypatch.setenv("GOBY_BATCH_MAX_SIZE", "many")

    assert [error.msg.partition(".")[0] for error in check_settings()] == [
        "GOBY[\"PROFILE\"] is 'fast'",
        "GOBY_BATCH_MAX_SIZE in the environment must be a whole number",
    ]


def test_weak_key_of_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOBY_TOKEN_KEYS", '{"weak": {"algorithm": "HS256", "key": "short"}}')
    monkeypatch.setenv("GOBY_API_KEYS", "hunter2")

    assert 'GOBY["TOKEN_KEYS"]["weak"] is too weak' in check_settings()[0].msg
    assert "number 1" in check_api_keys()[0].msg


def test_misspelt_variable_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_environment() == []
    monkeypatch.setenv("GOBY_MAX_CONECTIONS", "20")

    [caution] = check_environment()

    assert (caution.id, caution.is_serious()) == ("realtime.W002", False)
    assert "Did you mean GOBY_MAX_CONNECTIONS?" in caution.msg


def test_check_command_reports_them(settings: Settings) -> None:
    settings.GOBY = {"PROFILE": "fast"}

    with pytest.raises(SystemCheckError, match="development, production, high_scale"):
        call_command("check")


def test_short_api_key_is_an_error_that_does_not_tell_it(settings: Settings) -> None:
    settings.GOBY = {"API_KEYS": ["deploy:hunter2", "0123456789abcdefghij"]}

    [error] = check_api_keys()

    assert error.id == "realtime.E100"
    assert "number 1" in error.msg
    assert "secrets.token_urlsafe(32)" in error.msg
    assert "hunter2" not in error.msg


def test_api_keys_of_wrong_settings_are_not_looked_at(settings: Settings) -> None:
    settings.GOBY = {"API_KEYS": "deploy:hunter2"}

    assert check_api_keys() == []
    assert [error.msg for error in check_settings()] == [
        'GOBY["API_KEYS"] must be a list of strings, not str.'
    ]


def test_cache_for_fragments_that_is_not_there_is_an_error(settings: Settings) -> None:
    assert check_fragment_cache() == []
    settings.GOBY = {"FRAGMENT_CACHE": "pieces"}

    [error] = check_fragment_cache()

    assert error.id == "realtime.E102"
    assert error.msg == 'GOBY["FRAGMENT_CACHE"] is "pieces", and CACHES has only: default.'


def test_cache_for_fragments_that_is_no_name_is_told_elsewhere(settings: Settings) -> None:
    settings.GOBY = {"FRAGMENT_CACHE": 7}

    assert check_fragment_cache() == []
    assert len(check_settings()) == 1


def test_site_that_is_open_to_everybody_is_warned_of_and_not_deployed(settings: Settings) -> None:
    settings.GOBY = {"PROFILE": "development", "INSECURE": True}

    [caution], [error] = check_insecure(), check_insecure_deployment()

    assert (caution.id, caution.is_serious()) == ("realtime.W001", False)
    assert (error.id, error.is_serious()) == ("realtime.E101", True)
    assert caution.msg == error.msg
    assert caution.hint
    call_command("check")
    with pytest.raises(SystemCheckError, match=r"realtime\.E101"):
        call_command("check", deploy=True)


def test_site_that_is_closed_is_not_warned_of(settings: Settings) -> None:
    assert check_insecure() == check_insecure_deployment() == []
    del settings.GOBY
    assert check_insecure() == check_insecure_deployment() == []


def test_open_site_in_production_fails_the_check(settings: Settings) -> None:
    settings.GOBY = {"PROFILE": "production", "INSECURE": True}

    with pytest.raises(SystemCheckError, match="opens every topic to everybody"):
        call_command("check")
