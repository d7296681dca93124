"""Terms of a subscription: read in one way for tokens and programs, refused with a sentence."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.exceptions import TermsError
from realtime.terms import AS_DECLARED, NO_TERMS, OVERRIDES, Override, decoded, terms_of


def encoded(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"info": None, "b64info": None, "data": None, "b64data": None, "override": None},
        {"override": {}},
        {"override": {"presence": None}},
        {"b64data": encoded("null")},
        {"channel": "of no concern here"},
    ],
    ids=repr,
)
def test_nothing_said_is_as_declared(fields: dict[str, Any]) -> None:
    assert terms_of(fields) == NO_TERMS
    assert NO_TERMS.override is AS_DECLARED


def test_info_and_data_are_any_json_plain_or_in_base64() -> None:
    plain = terms_of({"info": {"role": "host"}, "data": [1, "ä"]})
    hidden = terms_of({"b64info": encoded('{"role":"host"}'), "b64data": encoded('[1, "ä"]')})

    assert plain == hidden
    assert (plain.info, plain.data) == ({"role": "host"}, [1, "ä"])


@pytest.mark.parametrize("name", OVERRIDES)
def test_each_override_is_read(name: str) -> None:
    for value in (True, False):
        terms = terms_of({"override": {name: {"value": value}}})

        assert terms.override == Override(**{name: value})


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"info": 1, "b64info": encoded("1")}, "info or b64info, not both"),
        ({"data": 0, "b64data": encoded("1")}, "data or b64data, not both"),
        ({"b64data": "ä"}, "b64data must be the Base64 of a JSON text"),
        ({"b64data": "MQ=="[:-1]}, "must be the Base64"),
        ({"b64data": encoded(b"\xff\x00")}, "must be the Base64"),
        ({"b64data": encoded("NaN")}, "must be the Base64"),
        ({"b64data": encoded("")}, "must be the Base64"),
        ({"b64info": encoded("[" * 300 + "]" * 300)}, "b64info must be the Base64"),
        ({"b64info": 5}, "must be the Base64"),
        ({"b64info": ""}, "must be the Base64"),
        ({"override": []}, "override must be an object"),
        ({"override": {"history": {"value": True}}}, "no history. Write one of: presence, "),
        ({"override": {"presence": True}}, 'presence as {"value": true}'),
        ({"override": {"presence": {}}}, "Write presence as"),
        ({"override": {"presence": {"value": 1}}}, "Write presence as"),
        ({"override": {"presence": {"value": True, "more": 1}}}, "Write presence as"),
    ],
    ids=repr,
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TermsError, match=sentence):
        terms_of(fields)


@given(st.text() | st.binary().map(encoded) | st.integers() | st.none())
def test_any_value_is_decoded_or_refused(value: Any) -> None:
    with suppress(TermsError):
        json.dumps(decoded("b64data", value))
