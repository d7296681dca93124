"""The binary form of the benchmark's messages: the same 128 bytes, found in the same way."""

from __future__ import annotations

import pytest

from benchmarks.wire import JSON, MARKER, TOPIC, numbered
from benchmarks.wire_protobuf import ProtobufSpeech, framed, replies_of
from realtime.codecs import client_pb2 as schema

SPEECH = ProtobufSpeech()


def frame_of(*replies: schema.Reply) -> bytes:
    """The replies in one frame, written by hand: each after its length, of one byte or two."""
    return b"".join(_length(reply.ByteSize()) + reply.SerializeToString() for reply in replies)


def _length(size: int) -> bytes:
    return bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])


def push(offset: int) -> schema.Reply:
    pub = schema.Publication(data=numbered(offset, 128), offset=offset)
    return schema.Reply(push=schema.Push(channel=TOPIC, pub=pub))


def test_greeting_is_two_commands_each_after_its_length() -> None:
    connect, subscribe = framed(schema.Command(id=1, connect={})), SPEECH.greeting(subscribe=True)
    assert subscribe.startswith(connect)
    rest = subscribe[len(connect) :]
    assert rest[0] == len(rest) - 1
    assert schema.Command.FromString(rest[1:]).subscribe.channel == TOPIC


def test_publication_carries_the_same_message_as_in_json() -> None:
    frame = SPEECH.publication(7, 128)
    assert numbered(7, 128) in frame
    assert numbered(7, 128) in JSON.publication(7, 128)


def test_marker_stands_for_one_message_whatever_its_offset() -> None:
    offsets = [*range(1, 300), 64 * 129, 2**14 - 1, 2**21]
    for offset in offsets:
        assert frame_of(push(offset), push(offset + 1)).count(MARKER) == 2


def test_replies_of_a_frame_are_read_back_in_their_order() -> None:
    read = [reply.push.pub.offset for reply in replies_of(frame_of(push(1), push(2), push(3)))]
    assert read == [1, 2, 3]


def test_holds_ping_finds_an_empty_reply_among_pushes() -> None:
    assert SPEECH.holds_ping(b"\0")
    assert SPEECH.holds_ping(frame_of(push(1), schema.Reply(), push(2)))
    assert not SPEECH.holds_ping(frame_of(push(1), push(2)))


def test_greeted_waits_for_the_last_reply() -> None:
    reply = frame_of(schema.Reply(id=1, connect=schema.ConnectResult(client="a")))
    assert SPEECH.greeted(reply, subscribe=False)
    assert not SPEECH.greeted(reply, subscribe=True)


def test_greeted_raises_what_the_server_refused() -> None:
    error = schema.Error(code=103, message="permission denied")
    with pytest.raises(ConnectionError, match="permission denied"):
        SPEECH.greeted(frame_of(schema.Reply(id=2, error=error)), subscribe=True)


def test_call_asks_for_the_action() -> None:
    command = schema.Command.FromString(SPEECH.call(3, "bench.nothing")[1:])
    assert (command.id, command.rpc.method, command.rpc.data) == (3, "bench.nothing", b"{}")
