"""Messages as they leave: joined once for all who have the same frames to join.

Followers of the same topics have the same frames in their outboxes, so a codec remembers the last
message that it joined. Comparing with it is cheap: a frame equals only itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime.message import Frame

_TEXT, _BINARY = 0x81, 0x82  # the last frame of a message, RFC 6455 section 5.2


class Message:
    """One message of a socket, in both forms in which it can be given to the server."""

    __slots__ = ("_wire", "event")

    def __init__(self, event: dict[str, Any]) -> None:
        self.event = event
        self._wire = b""

    @property
    def wire(self) -> bytes:
        """The message as the WebSocket frame that it is on the line."""
        if not self._wire:
            binary = self.event.get("bytes")
            if binary is None:
                self._wire = _framed(_TEXT, self.event["text"].encode())
            else:
                self._wire = _framed(_BINARY, binary)
        return self._wire


class Joiner:
    """Makes messages of frames by `join`, which returns an event of ASGI."""

    __slots__ = ("_frames", "_join", "_message")

    def __init__(self, join: Callable[[list[Frame]], dict[str, Any]]) -> None:
        self._join = join
        self._frames: list[Frame] = []
        self._message = Message({})

    def __call__(self, frames: list[Frame]) -> Message:
        """Return the frames as one message."""
        if frames != self._frames:
            self._message = Message(self._join(frames))
            self._frames = frames
        return self._message


def _framed(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((opcode, size)) + payload
    if size < 65_536:
        return bytes((opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((opcode, 127)) + size.to_bytes(8, "big") + payload
