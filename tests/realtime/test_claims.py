"""What a payload says: who, until when, which topics on which terms; nothing is passed over."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from realtime.claims import LONGEST_TTL, connection_claims, subscription_claims, ttl_of
from realtime.exceptions import TokenError
from realtime.terms import NO_TERMS, Override, Terms

B64_ADA = base64.b64encode(b'{"name":"Ada"}').decode()


def test_topics_of_a_connection_are_followed_on_their_terms() -> None:
    options = {
        "b": {"info": 1, "data": {"hello": "Ada"}, "override": {"presence": {"value": False}}},
        "c": {"b64info": B64_ADA},
        "d": {},
        "e": None,
    }

    claims = connection_claims({"sub": "42", "channels": ["a", "b"], "subs": options})

    assert claims.topics == {
        "a": NO_TERMS,
        "b": Terms(info=1, data={"hello": "Ada"}, override=Override(presence=False)),
        "c": Terms(info={"name": "Ada"}),
        "d": NO_TERMS,
        "e": NO_TERMS,
    }


def test_info_may_be_written_in_base64() -> None:
    assert connection_claims({"b64info": B64_ADA}).info == {"name": "Ada"}
    assert subscription_claims({"channel": "a", "b64info": B64_ADA}).info == {"name": "Ada"}


def test_subscription_has_terms() -> None:
    payload = {"channel": "a", "info": 1, "data": 2, "override": {"join_leave": {"value": True}}}

    claims = subscription_claims(payload)

    assert claims.info == 1
    assert claims.terms == Terms(info=1, data=2, override=Override(join_leave=True))


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ({"data": 1}, "not known here: data"),
        ({"override": {}}, "not known here: override"),
        ({"info": 1, "b64info": B64_ADA}, "info or b64info"),
        ({"subs": {"a": []}}, "options of a topic in subs are an object"),
        ({"subs": {"a": {"recover": True}}}, "options that are not known here: recover"),
        ({"subs": {"a": {"override": {"presence": 1}}}}, "Write presence as"),
        ({"subs": {"a": {"b64data": "?"}}}, "b64data must be"),
        ({"subs": ["a"]}, "subs an object of topics"),
    ],
    ids=repr,
)
def test_connection_that_says_what_nobody_reads_is_refused(
    payload: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TokenError, match=sentence):
        connection_claims(payload)


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ({"override": 5}, "override must be an object"),
        ({"override": {"typo": {"value": True}}}, "override has no typo"),
        ({"subs": {}}, "not known here: subs"),
        ({"expire_at": 5}, "not known here: expire_at"),
    ],
    ids=repr,
)
def test_subscription_that_says_what_nobody_reads_is_refused(
    payload: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TokenError, match=sentence):
        subscription_claims({"channel": "a", **payload})


@pytest.mark.parametrize(
    ("left", "ttl"), [(100, {99, 100}), (-5, {1}), (0, {1}), (10**12, {LONGEST_TTL})]
)
def test_rest_is_between_a_second_and_what_clients_can_count(left: int, ttl: set[int]) -> None:
    assert ttl_of(int(time.time()) + left) in ttl


def test_what_never_ends_has_no_rest() -> None:
    assert ttl_of(None) is None
    assert connection_claims({}).ttl() is None
