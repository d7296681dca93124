"""Every setting from the environment, and what is wrong there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime.conf.environment import Variables, read, slips
from realtime.conf.rules import PROFILE, TYPES

SECRET = "a-secret-that-nobody-may-see"
KEYS = {"one": {"algorithm": "HS256", "key": SECRET}}

TEXTS: dict[Any, tuple[str, object]] = {
    int: ("7", 7),
    float: ("7.5", 7.5),
    bool: ("true", True),
    str: ("seven", "seven"),
    tuple[str, ...]: ("a,b", ["a", "b"]),
    dict[str, dict[str, str]]: (json.dumps(KEYS), KEYS),
}


def test_nothing_in_the_environment_is_nothing() -> None:
    assert read() == Variables()


@pytest.mark.parametrize("key", sorted(TYPES.keys() - {"LOG_LEVEL", "WITHOUT"}))
def test_every_key_is_read_in_its_type(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, value = TEXTS[TYPES[key]]
    monkeypatch.setenv(f"GOBY_{key}", text)

    assert read() == Variables(values={key: value})


def test_profile_level_and_optimisations_are_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOBY_PROFILE", "high_scale")
    monkeypatch.setenv("GOBY_LOG_LEVEL", "ERROR")
    monkeypatch.setenv("GOBY_WITHOUT", "batching,routing")

    assert read().values == {
        PROFILE: "high_scale",
        "LOG_LEVEL": "ERROR",
        "WITHOUT": ["batching", "routing"],
    }


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOBY_API_KEYS", "")
    monkeypatch.setenv("GOBY_SEND_TIMEOUT", "")

    assert read() == Variables()


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("BATCH_MAX_SIZE", "many", "must be a whole number."),
        ("BATCH_MAX_SIZE", "2.5", "must be a whole number."),
        ("BATCH_MAX_SIZE", "0", "must be greater than zero."),
        ("SEND_TIMEOUT", "5s", "must be a number of seconds."),
        ("SEND_TIMEOUT", "nan", "must be a number of seconds."),
        ("READ_RATE", "fast", "must be a number."),
        ("ALLOW_GUESTS", "perhaps", "must be True or False."),
        ("MAX_MEMORY_MB", "-1", "must not be negative. Write 0 for no limit."),
        ("LOG_LEVEL", "loud", "is 'loud'. Write one of: DEBUG, INFO, WARNING, ERROR, CRITICAL."),
        ("PROFILE", "fast", "is 'fast'. Write one of: development, production, high_scale."),
        (
            "TOKEN_KEYS",
            SECRET,
            "must be a dict of dicts of strings. "
            'Write it as JSON: {"2026": {"algorithm": "HS256", "key": "..."}}.',
        ),
        ("TOKEN_KEYS", f'["{SECRET}"]', "must be a dict of dicts of strings, not list."),
    ],
)
def test_unusable_variable_is_told_without_a_secret(
    key: str, text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GOBY_{key}", text)

    assert read().problems == (f"GOBY_{key} in the environment {problem}",)


def test_what_was_read_does_not_show_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOBY_API_KEYS", SECRET)

    assert SECRET not in repr(read())


def test_slip_of_the_pen_is_told_with_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOBY_MAX_CONECTIONS", "GOBY_BATCH_MAXSIZE", "GOBY_VAR", "GOBY_HTTPS", "BATCH"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GOBY_BATCH_MAX_WAIT", "1")

    assert slips() == [
        "GOBY_BATCH_MAXSIZE in the environment is not a setting. Did you mean GOBY_BATCH_MAX_SIZE?",
        "GOBY_MAX_CONECTIONS in the environment is not a setting. "
        "Did you mean GOBY_MAX_CONNECTIONS?",
    ]


@pytest.mark.parametrize(
    "name",
    ["VAR", "DATABASE", "ALLOWED_HOSTS", "HTTPS", "SECRET_KEY", "URL", "SESSION", "TOKEN", "SITE"],
)
def test_variables_of_the_site_and_of_clients_are_no_slips(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GOBY_{name}", "1")

    assert slips() == []
