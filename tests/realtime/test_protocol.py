"""The Data socket's language: commands in, replies and pushes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import protocol
from realtime.exceptions import CommandError, ProtocolError
from realtime.protocol import Command, parse

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_frame_of_one_command_is_parsed() -> None:
    assert parse('{"id":1,"subscribe":{"channel":"a"}}') == [
        Command(1, "subscribe", {"channel": "a"})
    ]


def test_batch_is_parsed_in_its_order_and_blank_lines_are_passed_over() -> None:
    text = '{"id":2,"connect":{}}\n\n{}\r\n {"send":{"data":1}} \n'

    assert parse(text) == [
        Command(2, "connect", {}),
        protocol.PONG,
        Command(0, "send", {"data": 1}),
    ]


@pytest.mark.parametrize("name", sorted(protocol.COMMANDS))
def test_every_command_of_the_protocol_is_known(name: str) -> None:
    assert parse(json.dumps({"id": 5, name: {"a": 1}})) == [Command(5, name, {"a": 1})]


def test_command_that_nobody_knows_is_named_so() -> None:
    assert parse('{"id":3,"dance":{}}') == [Command(3, "unknown", {})]


@pytest.mark.parametrize("body", ["text", "5", "null", "[]", "true"])
def test_body_that_is_no_object_has_no_readable_fields(body: str) -> None:
    (command,) = parse(f'{{"id":1,"rpc":{json.dumps(body)}}}')

    with pytest.raises(CommandError) as refused:
        protocol.text_of(command.body, "method")
    assert refused.value.code == protocol.BAD_REQUEST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "  ",
        "{",
        "nothing",
        "[]",
        "1",
        '"text"',
        "null",
        "{}{}",
        '{"id":1,}',
        "\ufeff{}",
    ],
)
def test_malformed_or_empty_frame_is_a_bad_request(text: str) -> None:
    with pytest.raises(ProtocolError) as broken:
        parse(text)
    assert broken.value.code == protocol.BAD_FRAME == 3501


@pytest.mark.parametrize("identity", ["-1", "1.5", "true", '"1"', "null", "4294967296", "[]"])
def test_id_that_is_no_whole_number_is_a_bad_request(identity: str) -> None:
    with pytest.raises(ProtocolError, match="an id is a whole number"):
        parse(f'{{"id":{identity},"connect":{{}}}}')


@pytest.mark.parametrize("text", ['{"connect":{}}', '{"id":0,"rpc":{}}', '{"dance":1}'])
def test_missing_id_is_a_bad_request_except_for_send(text: str) -> None:
    with pytest.raises(ProtocolError, match="a command needs an id"):
        parse(text)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        commands = parse(text)
    except ProtocolError as error:
        assert error.code == protocol.BAD_FRAME  # noqa: PT017 - both outcomes are right
    else:
        assert commands


@given(st.lists(JSON, min_size=1, max_size=4))
def test_any_lines_of_json_are_parsed_or_refused(values: list[Any]) -> None:
    text = "\n".join(json.dumps(value) for value in values)
    try:
        commands = parse(text)
    except ProtocolError as error:
        assert error.code == protocol.BAD_FRAME  # noqa: PT017 - both outcomes are right
    else:
        assert len(commands) == len(values)


@given(st.integers(1, protocol.MAX_ID), st.sampled_from(sorted(protocol.COMMANDS)), JSON)
def test_reply_is_one_line_that_can_be_read_back(identity: int, name: str, data: Any) -> None:
    frame = protocol.reply(identity, name, {"data": data})

    assert json.loads(frame.text) == {"id": identity, name: {"data": data}}
    assert "\n" not in frame.text
    assert frame.size == len(frame.text.encode())


def test_reply_that_is_no_json_raises() -> None:
    with pytest.raises(TypeError):
        protocol.reply(1, "rpc", {"data": object()})


def test_error_reply_always_has_a_message_and_says_if_it_is_temporary() -> None:
    lasting = protocol.error_reply(1, CommandError(103, "permission denied"))
    passing = protocol.error_reply(2, CommandError(100, "internal server error", temporary=True))

    assert json.loads(lasting.text) == {
        "id": 1,
        "error": {"code": 103, "message": "permission denied"},
    }
    assert json.loads(passing.text)["error"]["temporary"] is True


def test_disconnect_push_always_has_a_reason() -> None:
    assert json.loads(protocol.disconnect_push(3001, "").text) == {
        "push": {"disconnect": {"code": 3001, "reason": ""}}
    }


def test_ping_is_an_empty_object() -> None:
    assert (protocol.PING.text, protocol.PING.size) == ("{}", 2)


def test_text_of_a_missing_field_is_empty() -> None:
    assert protocol.text_of({}, "channel") == ""


def test_data_may_be_null_but_not_missing() -> None:
    assert protocol.data_of({"data": None}) is None
    with pytest.raises(CommandError, match="data is missing"):
        protocol.data_of({})


def test_subscribe_push_names_the_topic() -> None:
    frame = protocol.subscribe_push("chat.room.lobby", {"offset": 3})

    assert json.loads(frame.text) == {
        "push": {"channel": "chat.room.lobby", "subscribe": {"offset": 3}}
    }
