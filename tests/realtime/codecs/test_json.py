"""The Data socket's codec: commands of any Centrifuge client, and replies that it reads."""

from __future__ import annotations

import json
from typing import Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import protocol
from realtime.codecs import JSONCodec
from realtime.codecs.base import Encoded
from realtime.exceptions import CommandError, ProtocolError
from realtime.message import Change, ClientInfo
from realtime.protocol import Command
from tests.realtime.codecs.documents import DATA, TOPIC

CODEC = JSONCodec()


def parse(text: str) -> list[Command]:
    return CODEC.parse(text)


# Commands


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


def test_binary_frame_is_a_bad_request() -> None:
    with pytest.raises(ProtocolError, match="this connection speaks JSON text") as broken:
        CODEC.parse(b'{"id":1,"connect":{}}')
    assert broken.value.code == 3501


@pytest.mark.parametrize("text", ['{"connect":{}}', '{"id":-1,"rpc":{}}', '{"id":"1","rpc":{}}'])
def test_command_without_a_good_id_is_a_bad_request(text: str) -> None:
    with pytest.raises(ProtocolError, match="id"):
        parse(text)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        commands = parse(text)
    except ProtocolError as error:
        assert error.code == protocol.BAD_FRAME  # noqa: PT017 - both outcomes are right
    else:
        assert commands


@given(st.lists(DATA, min_size=1, max_size=4))
def test_any_lines_of_json_are_parsed_or_refused(values: list[Any]) -> None:
    text = "\n".join(json.dumps(value) for value in values)
    try:
        commands = parse(text)
    except ProtocolError as error:
        assert error.code == protocol.BAD_FRAME  # noqa: PT017 - both outcomes are right
    else:
        assert len(commands) == len(values)


# Replies and pushes


@given(st.integers(1, protocol.MAX_ID), st.sampled_from(sorted(protocol.COMMANDS)), DATA)
def test_reply_is_one_line_that_can_be_read_back(identity: int, name: str, data: Any) -> None:
    frame = CODEC.reply(identity, name, {"data": data})

    assert orjson.loads(frame.text) == {"id": identity, name: {"data": data}}
    assert "\n" not in frame.text
    assert frame.size == len(frame.text.encode())


def test_part_that_was_encoded_before_is_set_into_its_place() -> None:
    result = {"publications": Encoded(b'[{"data":  1}]'), "subs": {"t": {"data": Encoded(b"2")}}}

    assert CODEC.reply(1, "connect", result).text == (
        '{"id":1,"connect":{"publications":[{"data":  1}],"subs":{"t":{"data":2}}}}'
    )


def test_reply_that_is_no_json_raises() -> None:
    with pytest.raises(TypeError):
        CODEC.reply(1, "rpc", {"data": object()})


def test_refusal_always_has_a_message_and_says_if_it_is_temporary() -> None:
    lasting = CODEC.refusal(1, CommandError(103, "permission denied"))
    passing = CODEC.refusal(2, CommandError(100, "internal server error", temporary=True))

    assert json.loads(lasting.text) == {
        "id": 1,
        "error": {"code": 103, "message": "permission denied"},
    }
    assert json.loads(passing.text)["error"]["temporary"] is True


def test_push_names_its_topic_unless_it_is_for_the_connection() -> None:
    assert json.loads(CODEC.push("subscribe", {"offset": 3}, TOPIC).text) == {
        "push": {"channel": TOPIC, "subscribe": {"offset": 3}}
    }
    assert json.loads(CODEC.push("disconnect", {"code": 3001, "reason": ""}).text) == {
        "push": {"disconnect": {"code": 3001, "reason": ""}}
    }


def test_ping_is_an_empty_object() -> None:
    assert (CODEC.ping.text, CODEC.ping.size) == ("{}", 2)


@pytest.mark.parametrize("kind", ["join", "leave"])
def test_change_is_a_push_with_the_info_of_who_came_or_went(
    kind: Literal["join", "leave"],
) -> None:
    change = Change(kind, TOPIC, ClientInfo(user="", client="c", conn_info={"ü": 1}))

    frame = CODEC.announce(change, "drop_oldest")

    assert orjson.loads(frame.text) == {
        "push": {"channel": TOPIC, kind: {"info": {"client": "c", "conn_info": {"ü": 1}}}}
    }
    assert frame.size == len(frame.text.encode())
    assert (frame.topic, frame.overflow, frame.offset) == (TOPIC, "drop_oldest", 0)
