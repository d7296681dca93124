"""The binary form's codec: commands as the other form has them, and what is not in it refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import protocol
from realtime.codecs import ProtobufCodec
from realtime.codecs import client_pb2 as schema
from realtime.codecs.protobuf import BinaryFrame
from realtime.codecs.varint import prefixed
from realtime.exceptions import ProtocolError
from realtime.message import Frame, Publication
from realtime.protocol import PONG, Command
from tests.protobuf import UNKNOWN_FIELD, command_of, frame_of, object_of, replies_of
from tests.realtime.codecs.documents import DATA, PUBLICATIONS, TEXT, TOPIC, publication

CODEC = ProtobufCodec()


def contents(frame: Frame) -> bytes:
    """Return what a frame carries; it knows how many bytes those are."""
    assert isinstance(frame, BinaryFrame)
    assert (frame.size, frame.text) == (len(frame.contents), "")
    return frame.contents


def parse(*commands: dict[str, Any]) -> list[Command]:
    return CODEC.parse(frame_of(*commands))


def refused(frame: bytes | str) -> str:
    with pytest.raises(ProtocolError) as broken:
        CODEC.parse(frame)
    assert broken.value.code == protocol.BAD_FRAME == 3501
    return broken.value.reason


# Commands


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (
            "connect",
            {
                "token": "t",
                "data": {"a": [None]},
                "name": "swift",
                "version": "1",
                "headers": {"x": "y", "z": ""},
                "subs": {
                    "a": {"recover": True, "offset": 7, "epoch": "e"},
                    "b": {"data": [1], "flag": 2},
                },
            },
        ),
        (
            "subscribe",
            {
                "channel": "c",
                "token": "t",
                "recover": True,
                "epoch": "e",
                "offset": 2**64 - 1,
                "data": 0,
                "positioned": True,
                "recoverable": True,
                "join_leave": True,
                "delta": "fossil",
                "flag": -1,
            },
        ),
        ("unsubscribe", {"channel": "c"}),
        ("publish", {"channel": "c", "data": None}),
        ("presence", {"channel": "c"}),
        ("presence_stats", {"channel": "c"}),
        ("history", {"channel": "c", "limit": -1, "since": {"offset": 3, "epoch": "e"}}),
        ("history", {"channel": "c", "since": {}, "reverse": True}),
        ("ping", {}),
        ("send", {"data": {"action": "a"}}),
        ("rpc", {"method": "m", "data": {"text": "ü"}}),
        ("refresh", {"token": "t"}),
        ("sub_refresh", {"channel": "c", "token": "t"}),
    ],
)
def test_command_is_what_it_is_in_the_other_form(name: str, body: dict[str, Any]) -> None:
    assert parse({"id": 5, name: body}) == [Command(5, name, body)]
    assert parse({"id": 5, name: {}}) == [Command(5, name, {})]


def test_batch_is_parsed_in_its_order_and_an_empty_message_is_a_pong() -> None:
    parsed = parse({"id": 2, "connect": {}}, {}, {"send": {"data": 1}})

    assert parsed == [Command(2, "connect", {}), PONG, Command(0, "send", {"data": 1})]
    assert CODEC.parse(b"\0") == [PONG]


@given(DATA)
def test_data_is_any_json(data: Any) -> None:
    assert parse({"id": 1, "publish": {"channel": "c", "data": data}}) == [
        Command(1, "publish", {"channel": "c", "data": data})
    ]


def test_command_that_nobody_knows_is_named_so() -> None:
    assert parse({"id": 3, "dance": {}}) == [Command(3, "unknown", {})]
    assert CODEC.parse(prefixed(schema.Command(id=3).SerializeToString())) == [
        Command(3, "unknown", {})
    ]


def test_first_of_several_commands_in_one_message_counts() -> None:
    message = command_of({"id": 3, "rpc": {"method": "m"}, "connect": {"token": "t"}})

    [command] = CODEC.parse(prefixed(message.SerializeToString()))

    assert command == Command(3, "connect", {"token": "t"})


def test_unknown_field_is_ignored() -> None:
    body = schema.RPCRequest(method="m").SerializeToString() + UNKNOWN_FIELD
    message = schema.Command(id=1).SerializeToString() + b"\x6a" + prefixed(body)

    assert CODEC.parse(prefixed(message + UNKNOWN_FIELD)) == [Command(1, "rpc", {"method": "m"})]


@pytest.mark.parametrize("command", [{"connect": {}}, {"rpc": {}}, {"dance": {}}])
def test_missing_id_is_a_bad_request(command: dict[str, Any]) -> None:
    assert refused(frame_of(command)) == "bad request: a command needs an id"


def test_text_frame_is_a_bad_request() -> None:
    assert refused('{"id":1,"connect":{}}') == "bad request: this connection speaks Protobuf"
    assert refused("") == "bad request: this connection speaks Protobuf"


def test_empty_frame_is_a_bad_request() -> None:
    assert refused(b"") == "bad request: empty frame"


@pytest.mark.parametrize(
    "frame",
    [
        b"\x80",
        b"\x05\x08\x01",
        prefixed(b"\x08"),  # an id without a number
        prefixed(b"\x0f"),  # no wire type is the 7th
        prefixed(b"\x00\x01"),  # no field is the 0th
        prefixed(b"\x22\x03ab"),
        prefixed(b"\x08\x01\x22\x01\xff"),  # a connect that is no message
        prefixed(b"\x08\x01" + b"\x6a" + prefixed(b"\x12" + prefixed(b"\xff"))),  # no UTF-8
        frame_of({"id": 1, "connect": {}}) + b"\x02\x08",
    ],
)
def test_malformed_frame_is_a_bad_request(frame: bytes) -> None:
    assert refused(frame) == "bad request: malformed Protobuf"


@pytest.mark.parametrize("data", [b"{", b"nothing", b"NaN", b"\xff", b'"\\ud800"', b"[" * 2000])
def test_data_that_is_no_json_is_a_bad_request(data: bytes) -> None:
    message = schema.Command(id=1, rpc=schema.RPCRequest(data=data))

    assert refused(prefixed(message.SerializeToString())) == "bad request: malformed Protobuf"


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(frame: bytes) -> None:
    try:
        commands = CODEC.parse(frame)
    except ProtocolError as error:
        assert error.code == protocol.BAD_FRAME  # noqa: PT017 - both outcomes are right
    else:
        assert 1 <= len(commands) <= len(frame)


# Frames


def test_ping_is_an_empty_message() -> None:
    assert contents(CODEC.ping) == b"\0"
    assert [object_of(each) for each in replies_of(b"\0")] == [{}]


@given(st.lists(PUBLICATIONS, min_size=1, max_size=5))
def test_batch_is_a_concatenation(several: list[Any]) -> None:
    frames = [CODEC.encode(each, "close") for each in several]

    message = CODEC.join(frames).event

    assert message == {"type": "websocket.send", "bytes": b"".join(map(contents, frames))}
    pushes = [each.push for each in replies_of(message["bytes"])]
    assert [each.pub.data for each in pushes] == [each.json for each in several]


def test_frame_knows_its_topic_policy_and_offset() -> None:
    frame = CODEC.encode(publication(offset=3), "latest")

    assert (frame.topic, frame.overflow, frame.offset) == (TOPIC, "latest", 3)


def test_text_of_the_data_is_set_into_place_not_encoded_again() -> None:
    made = Publication(TOPIC, object(), b'{"kept":  "as it is"}', 1, "e")

    [reply] = replies_of(contents(CODEC.encode(made, "close")))

    assert reply.push.pub.data == made.json


@given(st.integers(1, protocol.MAX_ID), TEXT)
def test_reply_has_the_id_of_its_command(identity: int, text: str) -> None:
    [reply] = replies_of(contents(CODEC.reply(identity, "rpc", {"data": {"text": text}})))

    assert (reply.id, json.loads(reply.rpc.data)) == (identity, {"text": text})


def test_empty_result_is_there() -> None:
    [reply] = replies_of(contents(CODEC.reply(7, "publish", {})))

    assert reply.HasField("publish")
    assert object_of(reply) == {"id": 7, "publish": {}}


def test_reply_that_is_no_json_raises() -> None:
    with pytest.raises(TypeError):
        CODEC.reply(1, "rpc", {"data": object()})
