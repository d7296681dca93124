"""What holds in the end: the environment before the settings, before the profile."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.conf import (
    PROFILE,
    PROFILES,
    Settings,
    effective,
    from_mapping,
    problems_of,
    resolve,
)
from realtime.conf.environment import Variables
from realtime.exceptions import ConfigurationError

NAMES = [item.name for item in dataclasses.fields(Settings)]


def test_nothing_set_is_the_production_profile() -> None:
    found = resolve({})

    assert (found.profile, found.settings) == ("production", PROFILES["production"])
    assert from_mapping({}) == found.settings
    assert found.sources[PROFILE] == "default"


def test_override_changes_one_value_of_the_profile() -> None:
    settings = from_mapping({"PROFILE": "high_scale", "BATCH_MAX_SIZE": 30})

    assert settings == dataclasses.replace(PROFILES["high_scale"], batch_max_size=30)


def test_each_value_says_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOBY_BATCH_MAX_SIZE", "40")
    monkeypatch.setenv("GOBY_PING_INTERVAL", "9")
    written = {"PROFILE": "high_scale", "BATCH_MAX_SIZE": 30, "BATCH_MAX_WAIT": 0.001}

    found = effective(written)

    values = {key: getattr(found.settings, key.lower()) for key in found.sources if key != PROFILE}
    assert {key: (value, found.sources[key]) for key, value in values.items()} == {
        **{key: (value, "default") for key, value in values.items()},
        "BATCH_MAX_SIZE": (40, "environment"),
        "PING_INTERVAL": (9.0, "environment"),
        "BATCH_MAX_WAIT": (0.001, "settings"),
        "FRAGMENT_TTL": (60.0, "profile"),
        "LOG_LEVEL": ("WARNING", "profile"),
        "MAX_CONNECTIONS": (5000, "profile"),
        "MAX_MEMORY_MB": (2048, "profile"),
    }
    assert (found.profile, found.sources[PROFILE]) == ("high_scale", "settings")


def test_profile_of_the_environment_gives_what_the_settings_do_not_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOBY_PROFILE", "high_scale")

    found = effective({"PROFILE": "production", "MAX_CONNECTIONS": 20})

    assert (found.profile, found.sources[PROFILE]) == ("high_scale", "environment")
    assert found.settings == dataclasses.replace(PROFILES["high_scale"], max_connections=20)


def test_environment_alone_is_not_asked_where_only_the_mapping_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOBY_BATCH_MAX_SIZE", "40")

    assert from_mapping({"BATCH_MAX_SIZE": 30}).batch_max_size == 30


@pytest.mark.parametrize("origins", [["https://a.example"], ("https://a.example",)])
def test_list_of_origins_becomes_a_tuple(origins: Any) -> None:
    assert from_mapping({"ALLOWED_ORIGINS": origins}).allowed_origins == ("https://a.example",)


def test_list_of_the_environment_becomes_a_tuple(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOBY_API_KEYS", "one,two")

    assert effective({"API_KEYS": ["three"]}).settings.api_keys == ("one", "two")


def test_all_problems_are_told_at_once_and_raised_together() -> None:
    mapping = {"PROFILE": "x", "SEND_TIMEOUT": 0, "ALLOW_GUESTS": True, "A": 1}
    variables = Variables(problems=("Something is wrong in the environment.",))

    problems = problems_of(mapping, variables)

    assert len(problems) == 4
    assert problems[-1] == "Something is wrong in the environment."
    with pytest.raises(ConfigurationError) as caught:
        resolve(mapping, variables)
    assert str(caught.value) == " ".join(problems)


@pytest.mark.parametrize(("goby", "kind"), [(None, "NoneType"), ([("PROFILE", "x")], "list")])
def test_settings_that_are_no_dict_are_refused(goby: object, kind: str) -> None:
    assert problems_of(goby) == [f"GOBY must be a dict, not {kind}."]


def test_key_that_is_no_text_is_no_setting() -> None:
    [problem] = problems_of({7: 1})

    assert problem.startswith('GOBY["7"] is not a setting.')


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

    found = resolve(mapping, Variables(values={"ALLOW_GUESTS": False}))

    assert (found.settings.insecure, found.settings.allow_guests) == (True, True)
    assert found.sources["ALLOW_GUESTS"] == found.sources["INSECURE"] == "settings"
    assert not from_mapping({**mapping, "INSECURE": False}).allow_guests


@pytest.mark.parametrize("profile", [{}, {"PROFILE": "production"}, {"PROFILE": "high_scale"}])
def test_insecure_is_refused_outside_of_development(profile: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match='"PROFILE": "development"'):
        from_mapping({**profile, "INSECURE": True})
    assert problems_of(profile, Variables(values={"INSECURE": True})) != []
    assert problems_of({**profile, "INSECURE": False}) == []
