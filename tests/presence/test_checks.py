"""What is wrong in the settings is said by `manage.py check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import run_checks

if TYPE_CHECKING:
    from pytest_django import Settings


def test_settings_of_the_project_are_right() -> None:
    assert run_checks(tags=["presence"]) == []


def test_each_problem_is_an_error_with_an_id(settings: Settings) -> None:
    settings.PRESENCE = {"GRACE": "long", "WINDOWS": 1}

    found = run_checks(tags=["presence"])

    assert [(error.id, error.msg) for error in found] == [
        ("presence.E001", 'PRESENCE["GRACE"] must be a number of seconds, not str.'),
        ("presence.E002", 'PRESENCE["WINDOWS"] is not a setting. Did you mean "WINDOW"?'),
    ]
