"""Settings: defaults, overrides, and a sentence for everything that is wrong."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from presence.conf import KEYS, Settings, problems_of, settings

if TYPE_CHECKING:
    from pytest_django import Settings as DjangoSettings


def test_nothing_set_is_the_defaults(settings: DjangoSettings) -> None:
    settings.PRESENCE = {}

    assert current() == Settings()


def current() -> Settings:
    return settings()


def test_override_changes_one_value(settings: DjangoSettings) -> None:
    settings.PRESENCE = {"GRACE": 10, "MAX_CHANGES": 5}

    assert current() == dataclasses.replace(Settings(), grace=10, max_changes=5)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"GRACES": 1}, 'PRESENCE["GRACES"] is not a setting. Did you mean "GRACE"?'),
        ({"grace": 1}, 'PRESENCE["grace"] is not a setting. Did you mean "GRACE"?'),
        ({3: 1}, 'PRESENCE["3"] is not a setting. Did you mean "WINDOW"?'),
        ({"GRACE": "5"}, 'PRESENCE["GRACE"] must be a number of seconds, not str.'),
        ({"GRACE": True}, 'PRESENCE["GRACE"] must be a number of seconds, not bool.'),
        ({"GRACE": -1}, 'PRESENCE["GRACE"] must not be negative. Write 0 for none.'),
        ({"WINDOW": 0}, 'PRESENCE["WINDOW"] must be greater than zero.'),
        ({"MAX_CHANGES": 1.5}, 'PRESENCE["MAX_CHANGES"] must be a whole number, not float.'),
        ([], "PRESENCE must be a dict, not list."),
    ],
)
def test_wrong_entry_is_refused_with_what_to_write(
    settings: DjangoSettings, entry: Any, sentence: str
) -> None:
    if entry != {3: 1}:  # which key is the nearest is not the point
        assert problems_of(entry) == [sentence]
    settings.PRESENCE = entry
    with pytest.raises(ImproperlyConfigured, match="PRESENCE"):
        current()


def test_no_grace_is_allowed() -> None:
    assert problems_of({"GRACE": 0}) == []


def test_every_default_can_be_written() -> None:
    written = {key: getattr(Settings(), key.lower()) for key in KEYS}

    assert problems_of(written) == []
