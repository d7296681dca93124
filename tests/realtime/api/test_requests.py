"""The fields of a request: right, left out, or refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.api.requests import (
    body_of,
    data_of,
    declared_topic,
    moment_of,
    tags_of,
    terms_of,
    texts_of,
    user_of,
)
from realtime.catalog import Options
from realtime.exceptions import CommandError
from realtime.history import History
from realtime.message import Position
from realtime.terms import Override, Terms
from tests.wire import LOBBY


def refusal(function: Any, *arguments: Any) -> int:
    """Return the code with which the function refuses its arguments."""
    with pytest.raises(CommandError) as refused:
        function(*arguments)
    return refused.value.code


def test_null_is_left_out_but_for_the_data() -> None:
    assert body_of({"a": None, "b": 0, "data": None}) == {"b": 0, "data": None}


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_body_that_is_no_object_is_refused(value: Any) -> None:
    assert refusal(body_of, value) == 107


@pytest.mark.usefixtures("site")
def test_topic_is_returned_with_what_is_declared_of_it() -> None:
    topic, resolved = declared_topic(LOBBY)

    assert (topic, resolved.parameters) == (LOBBY, {"name": "lobby"})


@pytest.mark.parametrize(
    ("topic", "code"),
    [("", 107), ("two words", 107), ("a..b", 107), ("a" * 256, 107), ("no.such.topic", 102)],
)
def test_topic_that_is_none_is_refused(topic: str, code: int) -> None:
    assert refusal(declared_topic, topic) == code


def test_user_may_be_empty_where_a_client_is_named() -> None:
    assert user_of({"user": "42"}) == "42"
    assert user_of({"user": "", "client": "c"}) == ""
    assert refusal(user_of, {"user": ""}) == 107
    assert refusal(user_of, {"user": 42}) == 107


def test_list_of_texts() -> None:
    assert texts_of({"names": ["a", "b"]}, "names") == ["a", "b"]
    assert texts_of({}, "names") == []
    assert refusal(texts_of, {"names": "a"}, "names") == 107
    assert refusal(texts_of, {"names": ["a", 1]}, "names") == 107


def test_tags() -> None:
    assert tags_of({"tags": {"a": "b"}}) == {"a": "b"}
    assert tags_of({}) is tags_of({"tags": {}}) is None
    assert refusal(tags_of, {"tags": ["a"]}) == 107
    assert refusal(tags_of, {"tags": {"a": 1}}) == 107


def test_data_is_plain_or_in_base64() -> None:
    assert data_of({"data": None}) is None
    assert data_of({"data": None, "b64data": "WzFd"}) == [1]
    assert refusal(data_of, {}) == 107
    assert refusal(data_of, {"data": 1, "b64data": "WzFd"}) == 107
    assert refusal(data_of, {"b64data": "WzE="}) == 107


def test_moment_is_a_time_that_was_or_will_be() -> None:
    assert moment_of({}, "expire_at") is None
    assert moment_of({"expire_at": 1_800_000_000}, "expire_at") == 1_800_000_000
    for wrong in (0, -1, "soon", 1.5, True):
        assert refusal(moment_of, {"expire_at": wrong}, "expire_at") == 107


KEPT = Options(history=History(size=1, ttl=1))


def test_terms() -> None:
    body = {
        "b64info": "MQ==",
        "data": 2,
        "override": {"force_recovery": {"value": True}},
        "recover_since": {"offset": 7, "epoch": "e"},
        "expire_at": 1_800_000_000,
    }

    assert terms_of(body, KEPT) == Terms(
        info=1,
        data=2,
        override=Override(force_recovery=True),
        since=Position(7, "e"),
        expires_at=1_800_000_000,
    )
    assert terms_of({"recover_since": {}}, KEPT).since == Position(0, "")
    assert terms_of({}, Options()) == Terms()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"override": 1}, 107),
        ({"b64info": "?"}, 107),
        ({"recover_since": 7}, 107),
        ({"recover_since": {"offset": "7"}}, 107),
        ({"expire_at": "soon"}, 107),
        ({"recover_since": {"offset": 7}}, 108),
        ({"override": {"presence": {"value": True}}}, 108),
    ],
    ids=repr,
)
def test_terms_that_cannot_be_given_are_refused(body: dict[str, Any], code: int) -> None:
    assert refusal(terms_of, body, Options()) == code
