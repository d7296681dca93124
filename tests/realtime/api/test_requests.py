"""The fields of a request: right, left out, or refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.api.requests import (
    body_of,
    declared_topic,
    refuse_fields,
    tags_of,
    texts_of,
    user_of,
)
from realtime.exceptions import CommandError
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


def test_unsupported_field_is_refused_by_name() -> None:
    refuse_fields({"other": 1}, "override", "b64data")
    with pytest.raises(CommandError, match="not available: override") as refused:
        refuse_fields({"override": {}}, "override", "b64data")

    assert refused.value.code == 108


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
