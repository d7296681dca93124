"""Settings: three profiles, overrides, and a sentence for everything that is wrong."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.conf import POSITIVE, PROFILES, ZEROS, Settings, from_mapping, problems_of
from realtime.exceptions import ConfigurationError

NAMES = [item.name for item in dataclasses.fields(Settings)]


def test_nothing_set_is_the_production_profile() -> None:
    assert from_mapping({}) == PROFILES["production"]


@pytest.mark.parametrize(
    ("profile", "max_size", "max_wait"),
    [("development", 5, 0.010), ("production", 20, 0.005), ("high_scale", 50, 0.002)],
)
def test_profile_has_the_batching_of_the_guide(
    profile: str, max_size: int, max_wait: float
) -> None:
    settings = from_mapping({"PROFILE": profile})

    assert (settings.batch_max_size, settings.batch_max_wait) == (max_size, max_wait)


def test_fragments_are_kept_for_longer_where_more_people_look() -> None:
    assert {name: profile.fragment_ttl for name, profile in PROFILES.items()} == {
        "development": 5.0,
        "production": 30.0,
        "high_scale": 60.0,
    }


def test_guests_are_allowed_in_development_alone() -> None:
    assert [name for name, profile in PROFILES.items() if profile.allow_guests] == ["development"]


def test_override_changes_one_value_of_the_profile() -> None:
    settings = from_mapping({"PROFILE": "high_scale", "BATCH_MAX_SIZE": 30})

    assert settings == dataclasses.replace(PROFILES["high_scale"], batch_max_size=30)


def test_list_of_origins_becomes_a_tuple() -> None:
    assert from_mapping({"ALLOWED_ORIGINS": ["https://a.example"]}).allowed_origins == (
        "https://a.example",
    )
    assert from_mapping({"ALLOWED_ORIGINS": ("https://a.example",)}).allowed_origins == (
        "https://a.example",
    )


def test_whole_number_is_a_number_of_seconds() -> None:
    assert from_mapping({"SEND_TIMEOUT": 3}).send_timeout == 3


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (
            {"PROFILE": "prod"},
            "GOBY[\"PROFILE\"] is 'prod'. Write one of: development, production, high_scale.",
        ),
        (
            {"PROFILE": ["production"]},
            "GOBY[\"PROFILE\"] is ['production']. "
            "Write one of: development, production, high_scale.",
        ),
        (
            {"BATCH_MAXSIZE": 3},
            'GOBY["BATCH_MAXSIZE"] is not a setting. Did you mean "BATCH_MAX_SIZE"?',
        ),
        (
            {"batch_max_size": 3},
            'GOBY["batch_max_size"] is not a setting. Did you mean "BATCH_MAX_SIZE"?',
        ),
        ({"BATCH_MAX_SIZE": "3"}, 'GOBY["BATCH_MAX_SIZE"] must be a whole number, not str.'),
        ({"BATCH_MAX_SIZE": 3.5}, 'GOBY["BATCH_MAX_SIZE"] must be a whole number, not float.'),
        ({"BATCH_MAX_SIZE": True}, 'GOBY["BATCH_MAX_SIZE"] must be a whole number, not bool.'),
        ({"SEND_TIMEOUT": True}, 'GOBY["SEND_TIMEOUT"] must be a number of seconds, not bool.'),
        ({"ALLOW_GUESTS": 1}, 'GOBY["ALLOW_GUESTS"] must be True or False, not int.'),
        (
            {"ALLOWED_ORIGINS": "https://a.example"},
            'GOBY["ALLOWED_ORIGINS"] must be a list of strings, not str.',
        ),
        ({"ALLOWED_ORIGINS": [1]}, 'GOBY["ALLOWED_ORIGINS"] must be a list of strings, not list.'),
        (
            {"TOKEN_KEYS": [{"algorithm": "HS256"}]},
            'GOBY["TOKEN_KEYS"] must be a dict of dicts of strings, not list.',
        ),
        (
            {"TOKEN_KEYS": {"one": "a secret"}},
            'GOBY["TOKEN_KEYS"] must be a dict of dicts of strings, not dict.',
        ),
        (
            {"TOKEN_KEYS": {"one": {"key": b"a secret"}}},
            'GOBY["TOKEN_KEYS"] must be a dict of dicts of strings, not dict.',
        ),
        (
            {"TOKEN_AUDIENCE": ["goby"]},
            'GOBY["TOKEN_AUDIENCE"] must be a string, not list.',
        ),
        ({"BATCH_MAX_SIZE": 0}, 'GOBY["BATCH_MAX_SIZE"] must be greater than zero.'),
        ({"SEND_TIMEOUT": -1.0}, 'GOBY["SEND_TIMEOUT"] must be greater than zero.'),
        (
            {"BATCH_MAX_WAIT": -0.1},
            'GOBY["BATCH_MAX_WAIT"] must not be negative. Write 0 to never wait.',
        ),
        (
            {"MAX_CONNECTIONS": -1},
            'GOBY["MAX_CONNECTIONS"] must not be negative. Write 0 for no limit.',
        ),
        ({"READ_RATE": "20"}, 'GOBY["READ_RATE"] must be a number, not str.'),
        ({"READ_RATE": 0}, 'GOBY["READ_RATE"] must be greater than zero.'),
    ],
)
def test_wrong_entry_is_refused_with_what_to_write(entry: dict[str, Any], sentence: str) -> None:
    assert problems_of(entry) == [sentence]
    with pytest.raises(ConfigurationError) as caught:
        from_mapping(entry)
    assert str(caught.value) == sentence


def test_all_problems_are_told_at_once() -> None:
    assert len(problems_of({"PROFILE": "x", "SEND_TIMEOUT": 0, "ALLOW_GUESTS": True, "A": 1})) == 3


@pytest.mark.parametrize("name", sorted(ZEROS))
def test_zero_is_allowed_where_it_means_something(name: str) -> None:
    assert getattr(from_mapping({name.upper(): 0}), name) == 0


def test_every_other_number_must_be_positive() -> None:
    numbers = {item.name for item in dataclasses.fields(Settings) if item.type in {"int", "float"}}

    assert numbers - POSITIVE == set(ZEROS)
    assert {"max_connections", "batch_max_wait"} < set(ZEROS)


@given(name=st.sampled_from(NAMES), profile=st.sampled_from(sorted(PROFILES)))
def test_every_default_is_an_entry_that_can_be_written(name: str, profile: str) -> None:
    value = getattr(PROFILES[profile], name)

    assert getattr(from_mapping({name.upper(): value}), name) == value


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_any_mapping_is_settings_or_a_sentence(mapping: dict[str, Any]) -> None:
    problems = problems_of(mapping)

    if problems:
        assert all(problem.startswith("GOBY[") and problem[-1] in ".?" for problem in problems)
    else:
        assert isinstance(from_mapping(mapping), Settings)


def test_insecure_lets_guests_in_whatever_else_is_said() -> None:
    mapping = {"PROFILE": "development", "INSECURE": True, "ALLOW_GUESTS": False}

    settings = from_mapping(mapping)

    assert (settings.insecure, settings.allow_guests) == (True, True)
    assert not from_mapping({**mapping, "INSECURE": False}).allow_guests


@pytest.mark.parametrize("profile", [{}, {"PROFILE": "production"}, {"PROFILE": "high_scale"}])
def test_insecure_is_refused_outside_of_development(profile: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match='"PROFILE": "development"'):
        from_mapping({**profile, "INSECURE": True})
    assert problems_of({**profile, "INSECURE": False}) == []
