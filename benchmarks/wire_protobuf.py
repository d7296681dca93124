"""The same conversation in the protocol's binary form: the load's words as Protobuf.

The messages are the same 128 bytes, so what the load reads of each is the same as well: a marker
and a number, which no length and no field of the binary form can look like. Replies and pings
are rare, and parsed.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, ClassVar

from google.protobuf.proto import parse_length_prefixed, serialize_length_prefixed
from picows import WSMsgType

from benchmarks.wire import JSON, TOPIC, Protocol, numbered
from realtime.codecs import client_pb2 as schema

if TYPE_CHECKING:
    from collections.abc import Iterator


class ProtobufSpeech:
    """How to join, publish and leave; binary frames of messages, each after its length."""

    protocol: ClassVar[Protocol] = "protobuf"
    subprotocol: ClassVar[str] = "centrifuge-protobuf"
    kind: ClassVar[WSMsgType] = WSMsgType.BINARY
    ping: ClassVar[bytes] = b"\0"  # a message without a length; no other holds a zero byte
    pong: ClassVar[bytes] = ping
    publisher_path: ClassVar[str] = JSON.publisher_path
    subscriber_path: ClassVar[str] = JSON.subscriber_path
    greets: ClassVar[bool] = True

    def greeting(self, *, subscribe: bool) -> bytes:
        """Connect and subscribe in one frame, as the SDKs send it."""
        commands = [schema.Command(id=1, connect=schema.ConnectRequest())]
        if subscribe:
            wanted = schema.SubscribeRequest(channel=TOPIC)
            commands.append(schema.Command(id=2, subscribe=wanted))
        return framed(*commands)

    def publication(self, sequence: int, size: int) -> bytes:
        """The frame that asks the server to publish message number `sequence`."""
        wanted = schema.PublishRequest(channel=TOPIC, data=numbered(sequence, size))
        return framed(schema.Command(id=sequence + 2, publish=wanted))

    def call(self, identity: int, action: str) -> bytes:
        """The frame that asks for an action without arguments."""
        wanted = schema.RPCRequest(method=action, data=b"{}")
        return framed(schema.Command(id=identity, rpc=wanted))

    def greeted(self, payload: bytes, *, subscribe: bool) -> bool:
        """Whether this frame ends the greeting; an error reply is raised as it came."""
        if self.refused(payload):
            raise ConnectionError(f"The server refused the load: {payload!r}")
        wanted = "subscribe" if subscribe else "connect"
        return any(reply.HasField(wanted) for reply in replies_of(payload))

    def refused(self, payload: bytes) -> bool:
        """Whether one of the replies is an error."""
        return any(reply.HasField("error") for reply in replies_of(payload))

    def holds_ping(self, payload: bytes) -> bool:
        """Whether one of the messages is the server's ping, an empty reply."""
        return self.ping in payload and any(not reply.ByteSize() for reply in replies_of(payload))


def framed(*commands: schema.Command) -> bytes:
    """The commands as one frame."""
    frame = BytesIO()
    for command in commands:
        serialize_length_prefixed(command, frame)
    return frame.getvalue()


def replies_of(payload: bytes) -> Iterator[schema.Reply]:
    """The messages of a frame; raises `ValueError` or `EOFError` for one that is not whole."""
    stream = BytesIO(payload)
    while (reply := parse_length_prefixed(schema.Reply, stream)) is not None:
        yield reply
