"""The Data socket's language: the ids of commands, and how their fields are read."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import protocol
from realtime.exceptions import CommandError, ProtocolError
from realtime.protocol import MAX_ID, Command, numbered

WRONG = ({"": 5}, {"": None, "field": "x"})


@given(st.integers(1, MAX_ID), st.sampled_from(sorted(protocol.COMMANDS)))
def test_command_has_its_id(identity: int, name: str) -> None:
    assert numbered(identity, name, {"a": 1}) == Command(identity, name, {"a": 1})


@pytest.mark.parametrize("identity", [-1, 1.5, True, "1", None, MAX_ID + 1, []])
def test_id_that_is_no_whole_number_is_a_bad_request(identity: object) -> None:
    with pytest.raises(ProtocolError, match="an id is a whole number") as broken:
        numbered(identity, "connect", {})
    assert broken.value.code == protocol.BAD_FRAME == 3501


@pytest.mark.parametrize("name", sorted(protocol.COMMANDS | {"unknown"}))
def test_missing_id_is_a_bad_request_except_for_send(name: str) -> None:
    if name == "send":
        assert numbered(0, name, {}) == Command(0, "send", {})
        return
    with pytest.raises(ProtocolError, match="a command needs an id"):
        numbered(0, name, {})


def refused(read: Any, *arguments: object) -> int:
    with pytest.raises(CommandError) as error:
        read(*arguments)
    return int(error.value.code)


def test_missing_fields_are_empty() -> None:
    assert protocol.text_of({}, "token") == ""
    assert protocol.number_of({}, "offset") == 0
    assert protocol.flag_of({}, "recover") is False


def test_fields_are_read() -> None:
    body = {"token": "t", "offset": -1, "recover": True}

    assert protocol.text_of(body, "token") == "t"
    assert protocol.number_of(body, "offset") == -1
    assert protocol.flag_of(body, "recover") is True


@pytest.mark.parametrize("value", [5, None, True, [], {}, b"t"])
def test_text_of_another_type_is_refused(value: object) -> None:
    assert refused(protocol.text_of, {"token": value}, "token") == 107


@pytest.mark.parametrize("body", WRONG)
def test_body_that_was_no_object_has_no_readable_fields(body: dict[str, Any]) -> None:
    assert refused(protocol.text_of, body, "field") == 107
    assert refused(protocol.topic_of, body) == 107


@pytest.mark.parametrize("value", ["5", None, True, 1.0, [], {}])
def test_number_of_another_type_is_refused(value: object) -> None:
    assert refused(protocol.number_of, {"offset": value}, "offset") == 107


@pytest.mark.parametrize("value", ["true", None, 1, 0, [], {}])
def test_flag_of_another_type_is_refused(value: object) -> None:
    assert refused(protocol.flag_of, {"recover": value}, "recover") == 107


def test_topic_has_a_name_that_is_not_too_long() -> None:
    assert protocol.topic_of({"channel": "t" * 255}) == "t" * 255
    assert refused(protocol.topic_of, {"channel": "t" * 256}) == 107
    assert refused(protocol.topic_of, {"channel": ""}) == 107

    assert refused(protocol.topic_of, {}) == 107


def test_name_of_a_topic_is_kept_once_for_all_who_follow_it() -> None:
    one, other = (protocol.topic_of(orjson.loads('{"channel":"a.b"}')) for _ in range(2))

    assert one is other


def test_data_may_be_null_but_not_missing() -> None:
    assert protocol.data_of({"data": None}) is None
    with pytest.raises(CommandError, match="data is missing"):
        protocol.data_of({})
