"""A sentence for everything that is wrong, which says what to write instead."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from realtime.conf import SECRET, Settings
from realtime.conf.rules import (
    CHOICES,
    IN_ENVIRONMENT,
    NUMBERS,
    POSITIVE,
    TYPES,
    ZEROS,
    describe,
    nearest,
    problem_of,
)

TABLES = 'GOBY["TOKEN_KEYS"] must be a dict of dicts of strings, not'


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "PROFILE",
            "prod",
            "GOBY[\"PROFILE\"] is 'prod'. Write one of: development, production, high_scale.",
        ),
        (
            "PROFILE",
            ["production"],
            "GOBY[\"PROFILE\"] is ['production']. "
            "Write one of: development, production, high_scale.",
        ),
        (
            "LOG_LEVEL",
            "warn",
            "GOBY[\"LOG_LEVEL\"] is 'warn'. Write one of: DEBUG, INFO, WARNING, ERROR, CRITICAL.",
        ),
        (
            "LOG_LEVEL",
            10,
            'GOBY["LOG_LEVEL"] is 10. Write one of: DEBUG, INFO, WARNING, ERROR, CRITICAL.',
        ),
        (
            "BATCH_MAXSIZE",
            3,
            'GOBY["BATCH_MAXSIZE"] is not a setting. Did you mean "BATCH_MAX_SIZE"?',
        ),
        (
            "batch_max_size",
            3,
            'GOBY["batch_max_size"] is not a setting. Did you mean "BATCH_MAX_SIZE"?',
        ),
        ("PROFIL", "x", 'GOBY["PROFIL"] is not a setting. Did you mean "PROFILE"?'),
        ("BATCH_MAX_SIZE", "3", 'GOBY["BATCH_MAX_SIZE"] must be a whole number, not str.'),
        ("BATCH_MAX_SIZE", 3.5, 'GOBY["BATCH_MAX_SIZE"] must be a whole number, not float.'),
        ("BATCH_MAX_SIZE", True, 'GOBY["BATCH_MAX_SIZE"] must be a whole number, not bool.'),
        ("SEND_TIMEOUT", True, 'GOBY["SEND_TIMEOUT"] must be a number of seconds, not bool.'),
        (
            "SEND_TIMEOUT",
            float("nan"),
            'GOBY["SEND_TIMEOUT"] must be a number of seconds, not nan.',
        ),
        ("READ_RATE", float("inf"), 'GOBY["READ_RATE"] must be a number, not inf.'),
        ("ALLOW_GUESTS", 1, 'GOBY["ALLOW_GUESTS"] must be True or False, not int.'),
        (
            "ALLOWED_ORIGINS",
            "https://a.example",
            'GOBY["ALLOWED_ORIGINS"] must be a list of strings, not str.',
        ),
        ("ALLOWED_ORIGINS", [1], 'GOBY["ALLOWED_ORIGINS"] must be a list of strings, not list.'),
        ("TOKEN_KEYS", [{"algorithm": "HS256"}], f"{TABLES} list."),
        ("TOKEN_KEYS", {"one": "a secret"}, f"{TABLES} dict."),
        ("TOKEN_KEYS", {"one": {"key": b"a secret"}}, f"{TABLES} dict."),
        ("TOKEN_AUDIENCE", ["goby"], 'GOBY["TOKEN_AUDIENCE"] must be a string, not list.'),
        ("BATCH_MAX_SIZE", 0, 'GOBY["BATCH_MAX_SIZE"] must be greater than zero.'),
        ("SEND_TIMEOUT", -1.0, 'GOBY["SEND_TIMEOUT"] must be greater than zero.'),
        (
            "BATCH_MAX_WAIT",
            -0.1,
            'GOBY["BATCH_MAX_WAIT"] must not be negative. Write 0 to never wait.',
        ),
        (
            "MAX_CONNECTIONS",
            -1,
            'GOBY["MAX_CONNECTIONS"] must not be negative. Write 0 for no limit.',
        ),
        (
            "MAX_MEMORY_MB",
            -1,
            'GOBY["MAX_MEMORY_MB"] must not be negative. Write 0 for no limit.',
        ),
        ("READ_RATE", "20", 'GOBY["READ_RATE"] must be a number, not str.'),
        ("READ_RATE", 0, 'GOBY["READ_RATE"] must be greater than zero.'),
        ("WITHOUT", "batching", 'GOBY["WITHOUT"] must be a list of strings, not str.'),
        (
            "WITHOUT",
            ["batching", "speed", "care"],
            'GOBY["WITHOUT"] names care, speed. Choose from: shared_messages, multiplexing, '
            "pooling, fragment_cache, batching, routing, presence_batching, deduplication.",
        ),
    ],
)
def test_wrong_entry_is_told_with_what_to_write(key: str, value: Any, sentence: str) -> None:
    assert problem_of(key, value) == sentence


def test_entry_of_the_environment_is_told_by_its_name_there() -> None:
    sentence = "GOBY_SEND_TIMEOUT in the environment must be greater than zero."

    assert problem_of("SEND_TIMEOUT", 0, IN_ENVIRONMENT) == sentence


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *((key, 0) for key in sorted(ZEROS)),
        *((key, choice) for key, choices in CHOICES.items() for choice in choices),
        ("SEND_TIMEOUT", 3),
        ("ALLOWED_ORIGINS", ("https://a.example",)),
        ("TOKEN_KEYS", {"one": {"algorithm": "HS256", "key": "k"}}),
        ("TOKEN_ISSUER", ""),
        ("INSECURE", True),
    ],
)
def test_right_entry_is_no_problem(key: str, value: object) -> None:
    assert problem_of(key, value) == ""


def test_numbers_that_may_not_be_zero_are_all_others() -> None:
    numbers = {
        item.name.upper() for item in dataclasses.fields(Settings) if item.type in {"int", "float"}
    }

    assert numbers == NUMBERS == POSITIVE | set(ZEROS)
    assert not POSITIVE & set(ZEROS)


def test_every_key_is_described() -> None:
    assert all(describe(key) for key in TYPES)
    assert CHOICES.keys() - TYPES.keys() == {"PROFILE"}


def test_what_is_secret_is_known() -> None:
    assert {"TOKEN_KEYS", "API_KEYS"} == SECRET


@pytest.mark.parametrize(
    ("text", "near"), [("batch_maxsize", "BATCH_MAX_SIZE"), ("LOGLEVEL", "LOG_LEVEL"), ("VAR", "")]
)
def test_nearest_key_is_found_where_there_is_one(text: str, near: str) -> None:
    assert nearest(text, cutoff=0.8) == near
