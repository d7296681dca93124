"""uvicorn's protocols, which also take messages of sockets that are ready to be written.

A publication leaves for all its followers as the same bytes. Through ASGI each of them would be
framed anew, for each connection: most of what a delivery costs. So the scope offers to write what
was framed once. An application that does not know of it sends as usual, and all else is uvicorn's,
but for what an open connection holds on to: thousands of them need not remember their handshakes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from realtime.outbox import WRITE

if TYPE_CHECKING:
    from websockets.http11 import Request


class HttpProtocol(HttpToolsProtocol):
    """What uvicorn speaks before a connection becomes a socket."""

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, and go."""
        super().handle_websocket_upgrade()
        del self.parser  # which holds on to this object, so only the collector would find both


class DirectWebSocketProtocol(WebSocketsSansIOProtocol):
    """One socket of uvicorn."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # A queue and an event of asyncio take 4 KB, and hardly ever is there something in them.
        # These have what the protocol uses of both, which their types can't say.
        self.queue = Inbox()  # type: ignore[assignment]
        self.writable = Gate()  # type: ignore[assignment]

    def handle_connect(self, event: Request) -> None:
        """Offer `write` to the application before it runs."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = self.scope["extensions"]
            extensions[WRITE] = self.write  # type: ignore[assignment]  # a callable, as ASGI allows

    def start_keepalive(self) -> None:
        """Begin to ping, and forget the handshake, which was answered just now."""
        super().start_keepalive()
        self.request.headers.clear()
        del self.request, self.response

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application, and let go of what holds on to this object."""
        super().connection_lost(exc)
        self.conn.parser.close()
        self.conn.parser_exc = None  # whose traceback leads back to it
        if self.handshake_initiated:
            self.scope["extensions"].pop(WRITE, None)

    def write(self, line: bytes) -> bool:
        """Write whole WebSocket frames, without a mask, if nothing is in the way.

        False where the peer is behind, or the connection at its end: `send` knows what to do then.
        """
        if self.close_sent or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.write(line)
        return True


class Inbox:
    """What came and was not received yet: as much of a queue as the protocol needs."""

    __slots__ = ("_items", "_waiter")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        """Append an item."""
        self._items.append(item)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def empty(self) -> bool:
        """Return whether there is nothing to get."""
        return not self._items

    async def get(self) -> Any:
        """Remove and return the oldest item; wait until there is one."""
        while not self._items:
            if self._waiter is None or self._waiter.done():
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
            else:  # somebody else waits as well
                await asyncio.wait([self._waiter])
        return self._items.pop(0)


class Gate:
    """Open nearly always: as much of an event as the protocol needs."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: asyncio.Event | None = None

    def is_set(self) -> bool:
        """Return whether it is open."""
        return self._opened is None

    def set(self) -> None:
        """Open it, and let go on who waits."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def clear(self) -> None:
        """Close it."""
        if self._opened is None:
            self._opened = asyncio.Event()

    async def wait(self) -> None:
        """Wait until it is open."""
        while self._opened is not None:
            await self._opened.wait()
