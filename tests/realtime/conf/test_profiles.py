"""Three profiles with the guide's numbers."""

from __future__ import annotations

import dataclasses

import pytest

from realtime.conf import PROFILES, Settings
from realtime.conf.profiles import DEFAULT_PROFILE, STATED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("development", (5.0, 5, 0.010, "DEBUG", 0, 0)),
        ("production", (30.0, 20, 0.005, "INFO", 1000, 512)),
        ("high_scale", (60.0, 50, 0.002, "WARNING", 5000, 2048)),
    ],
)
def test_profile_has_the_numbers_of_the_guide(name: str, expected: tuple[object, ...]) -> None:
    profile = PROFILES[name]

    assert expected == (
        profile.fragment_ttl,
        profile.batch_max_size,
        profile.batch_max_wait,
        profile.log_level,
        profile.max_connections,
        profile.max_memory_mb,
    )


def test_guests_are_allowed_in_development_alone() -> None:
    assert [name for name, profile in PROFILES.items() if profile.allow_guests] == ["development"]


def test_what_a_profile_does_not_state_is_the_default() -> None:
    for name, stated in STATED.items():
        assert PROFILES[name] == dataclasses.replace(Settings(), **stated)
    assert DEFAULT_PROFILE in PROFILES
