"""The clients that cannot have a WebSocket: their commands come apart from the stream they read.

A stream only leads from the server to the client. What the client sends comes as requests of
their own, which name the stream by its session; whoever knows the session may send. Here the two
meet: a session is the receiving half of a WebSocket that does not exist.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a waiting frame costs besides its text, so that a flood of empty ones is bounded, too.
FRAME_COST = 256

SERVICE_RESTART = 1012


class Session:
    """One stream's commands, in the order in which they came. `max_size` is in bytes."""

    __slots__ = ("_ended", "_events", "_max_size", "_size", "id")

    def __init__(self, *, max_size: int) -> None:
        self.id = secrets.token_urlsafe(24)
        self._max_size = max_size
        self._size = 0
        self._ended = False
        self._events: asyncio.Queue[tuple[int, dict[str, Any]]] = asyncio.Queue()
        self._events.put_nowait((0, {"type": "websocket.connect"}))

    def offer(self, frame: str | bytes) -> bool:
        """Take a frame, unless too much waits already. After the end it is taken and forgotten."""
        size = size_of(frame) + FRAME_COST
        if self._size + size > self._max_size:
            return False
        if not self._ended:
            kind = "text" if isinstance(frame, str) else "bytes"
            self._size += size
            self._events.put_nowait((size, {"type": "websocket.receive", kind: frame}))
        return True

    def end(self, code: int) -> None:
        """Let the other half see a close, after what waits. The first call decides the code."""
        if not self._ended:
            self._ended = True
            self._events.put_nowait((0, {"type": "websocket.disconnect", "code": code}))

    async def receive(self) -> dict[str, Any]:
        """Return the next event, as ASGI's `receive` does for a WebSocket."""
        size, event = await self._events.get()
        self._size -= size
        return event


class Sessions:
    """The sessions of this process: as many as there are open streams."""

    def __init__(self, *, max_size: int) -> None:
        self._max_size = max_size
        self._by_id: dict[str, Session] = {}
        self._over = False

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """Make a session, which can be found for as long as the block lasts."""
        session = Session(max_size=self._max_size)
        self._by_id[session.id] = session
        if self._over:
            session.end(SERVICE_RESTART)
        try:
            yield session
        finally:
            del self._by_id[session.id]

    def find(self, id: str) -> Session | None:
        """Return a session whose stream is open."""
        return self._by_id.get(id)

    def end_all(self) -> None:
        """End all streams, and those that are still to come: the server stops.

        A server closes its WebSockets by itself then, but waits for responses to end.
        """
        self._over = True
        for session in self._by_id.values():
            session.end(SERVICE_RESTART)

    def __len__(self) -> int:
        return len(self._by_id)


def size_of(frame: str | bytes) -> int:
    """Return how many bytes a frame has."""
    return len(frame if isinstance(frame, bytes) or frame.isascii() else frame.encode())
