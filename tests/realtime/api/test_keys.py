"""Keys: several at once, found in two headers, compared without telling anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.api.keys import given_key, is_accepted, key_of, weaknesses

KEYS = ("deploy:0123456789abcdefghij", "ABCDEFGHIJ0123456789")


@pytest.mark.parametrize("key", ["0123456789abcdefghij", "ABCDEFGHIJ0123456789"])
def test_each_of_several_keys_is_accepted(key: str) -> None:
    assert is_accepted(key, KEYS)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "deploy",
        "deploy:0123456789abcdefghij",
        "0123456789abcdefghi",
        "0123456789abcdefghijk",
        "0123456789ABCDEFGHIJ",
    ],
)
def test_other_key_is_not_accepted(key: str) -> None:
    assert not is_accepted(key, KEYS)


@pytest.mark.parametrize("entries", [(), ("",), ("name:",), (" ",)])
def test_empty_key_is_never_accepted(entries: tuple[str, ...]) -> None:
    assert not is_accepted("", entries)


def test_revoked_key_is_accepted_no_more() -> None:
    assert not is_accepted("0123456789abcdefghij", KEYS[1:])


@given(st.text())
def test_any_text_is_compared(key: str) -> None:
    assert is_accepted(key, KEYS) is (key in {key_of(entry) for entry in KEYS})


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, ""),
        ({"X-API-Key": "k"}, "k"),
        ({"Authorization": "apikey k"}, "k"),
        ({"Authorization": "ApiKey  k "}, "k"),
        ({"Authorization": "Bearer k"}, ""),
        ({"Authorization": "apikey"}, ""),
        ({"X-API-Key": "k", "Authorization": "apikey other"}, "k"),
    ],
)
def test_key_comes_in_one_of_two_headers(headers: dict[str, str], key: str) -> None:
    assert given_key(headers) == key


def test_weak_key_is_told_with_its_place_and_how_to_make_another() -> None:
    [sentence] = weaknesses(["name:0123456789abcdefghij", "deploy:short"])

    assert "number 2" in sentence
    assert "secrets.token_urlsafe(32)" in sentence
    assert "short" not in sentence.replace("shorter", "")
