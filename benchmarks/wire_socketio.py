"""Socket.IO's conversation over a WebSocket, the same with its servers in Node and in Python.

A packet of the transport begins with one digit, that of a message with a second. The messages are
the same 128 bytes, as the argument of an event.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchmarks.wire import JSON, Protocol, numbered

if TYPE_CHECKING:
    from picows import WSMsgType

_CONNECT = b"40"
_REFUSED = b"44"
_EVENT = b'42["message",'
_PING = b"2"


@dataclass(frozen=True, slots=True)
class SocketIOSpeech:
    """How to join a room, publish and leave."""

    protocol: ClassVar[Protocol] = "socketio"
    subprotocol: ClassVar[str] = ""
    kind: ClassVar[WSMsgType] = JSON.kind
    # A ping is a frame of its own, so that none has to be looked for among messages.
    ping: ClassVar[bytes] = b"\0"
    pong: ClassVar[bytes] = b"3"
    publisher_path: ClassVar[str] = "/socket.io/?EIO=4&transport=websocket"
    subscriber_path: ClassVar[str] = publisher_path
    greets: ClassVar[bool] = True

    room: str = "all"

    def greeting(self, *, subscribe: bool) -> bytes:
        """The packet that connects, and says which room is meant."""
        return _CONNECT + json.dumps({"room": self.room, "follow": subscribe}).encode()

    def publication(self, sequence: int, size: int) -> bytes:
        """The frame that asks the server to publish message number `sequence`."""
        return _EVENT + numbered(sequence, size) + b"]"

    def greeted(self, payload: bytes, *, subscribe: bool) -> bool:
        """Whether this frame ends the greeting; a refusal is raised as it came."""
        if self.refused(payload):
            raise ConnectionError(f"The server refused the load: {payload.decode()}")
        return payload.startswith(_CONNECT)

    def refused(self, payload: bytes) -> bool:
        """Whether the server refuses the connection."""
        return payload.startswith(_REFUSED)

    def holds_ping(self, payload: bytes) -> bool:
        """Whether the frame is the transport's ping."""
        return payload == _PING
