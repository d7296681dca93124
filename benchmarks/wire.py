"""The bytes of the benchmark's messages, and the little that the load reads back from them.

All servers carry the same 128 bytes of JSON. They hold a marker and a number of fixed width, so
that the load learns from a frame how many messages it joins and which is the newest without
parsing it: the load must cost less than any server, and the same for each.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar, Literal

from picows import WSMsgType

MARKER = b"@@"
DIGITS = 10
TOPIC = "bench.all"

Protocol = Literal["goby", "protobuf", "html", "plain", "socketio"]

_HEAD = b'{"message":"' + MARKER
_TAIL = b'"}'


def numbered(sequence: int, size: int) -> bytes:
    """One message: a JSON object of exactly `size` bytes that carries its number."""
    padding = size - len(_HEAD) - DIGITS - len(_TAIL)
    if padding < 0:
        raise ValueError(f"A message needs at least {size - padding} bytes, not {size}.")
    return _HEAD + b"%010d" % sequence + b"x" * padding + _TAIL


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subscriber was in its topic when it was cut off."""

    offset: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Speech:
    """How to join, publish and leave in one server's protocol; text in both cases."""

    subprotocol: ClassVar[str] = ""
    kind: ClassVar[WSMsgType] = WSMsgType.TEXT
    ping: ClassVar[bytes] = b"{}"
    pong: ClassVar[bytes] = ping

    protocol: Protocol
    publisher_path: str
    subscriber_path: str
    topic: str = TOPIC

    @property
    def greets(self) -> bool:
        """True where a client introduces itself and waits for an answer."""
        return self.protocol == "goby"

    def greeting(self, *, subscribe: bool, place: Place | None = None) -> bytes:
        """Connect and subscribe in one frame, as the SDKs send it; recover from a place."""
        commands: list[dict[str, object]] = [{"id": 1, "connect": {}}]
        if subscribe:
            position = {} if place is None else _position(place)
            commands.append({"id": 2, "subscribe": {"channel": self.topic, **position}})
        return b"\n".join(json.dumps(command).encode() for command in commands)

    def publication(self, sequence: int, size: int) -> bytes:
        """The frame that asks the server to publish message number `sequence`."""
        message = numbered(sequence, size)
        if not self.greets:
            return message
        head = b'{"id":%d,"publish":{"channel":"%s","data":' % (sequence + 2, self.topic.encode())
        return head + message + b"}}"

    def call(self, identity: int, action: str) -> bytes:
        """The frame that asks for an action without arguments."""
        return json.dumps({"id": identity, "rpc": {"method": action, "data": {}}}).encode()

    def greeted(self, payload: bytes, *, subscribe: bool) -> bool:
        """Whether this frame ends the greeting; an error reply is raised as it came."""
        if self.refused(payload):
            raise ConnectionError(f"The server refused the load: {payload.decode()}")
        return (b'"subscribe"' if subscribe else b'"connect"') in payload

    def refused(self, payload: bytes) -> bool:
        """Whether one of the replies is an error."""
        return b'"error"' in payload

    def holds_ping(self, payload: bytes) -> bool:
        """Whether one of the joined objects is the server's ping, an empty object."""
        return self.ping in payload and self.ping in payload.split(b"\n")


def _position(place: Place) -> dict[str, object]:
    return {"recover": True, "offset": place.offset, "epoch": place.epoch}


JSON = Speech("goby", "/app/ws/data", "/app/ws/data")
PLAIN = Speech("plain", "/ws/publish/", "/ws/subscribe/")
