"""The settings themselves: they cannot be changed, and do not show what is secret."""

from __future__ import annotations

import dataclasses

import pytest

from realtime.conf import Settings

SECRET = "a-secret-that-nobody-may-see"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().batch_max_size = 3  # type: ignore[misc]  # what is tested


def test_keys_are_not_shown() -> None:
    settings = Settings(api_keys=(SECRET,), token_keys={"one": {"key": SECRET}})

    assert SECRET not in repr(settings)
