"""Who may no longer follow a room may no longer know who is there.

Permission is asked when somebody begins to follow. When somebody has left a room and goes on to
follow the topics about it, with whatever page or program, it is asked again.
"""

from __future__ import annotations

from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from presence.rooms import companions_of, key_of, may_see
from realtime.protocol import UNSUBSCRIBED

if TYPE_CHECKING:
    import asyncio

    from realtime.connections import Connection
    from realtime.message import ClientInfo
    from realtime.registry import Engine


@dataclass(eq=False, slots=True, kw_only=True)
class Rechecks:
    """The questions that are being asked."""

    engine: Engine
    loop: asyncio.AbstractEventLoop
    # Rooms, and of whom it is to be asked there: the user, or the connection of a guest.
    _waiting: dict[tuple[str, str, str], None] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def left(self, room: str, info: ClientInfo) -> None:
        """Ask again for all connections of the user, or of the guest, who left a room.

        In the next turn of the event loop, when a connection that ends has let go of its topics;
        once, however many connections of the user end at the same time.
        """
        if not self._waiting:
            self.loop.call_soon(self._ask_all, context=Context())  # see `desk`
        self._waiting[(room, info.user, "" if info.user else info.client)] = None

    def _ask_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for room, user, client in waiting:
            self._ask(room, user, client)

    def _ask(self, room: str, user: str, client: str) -> None:
        about = set(companions_of(room))
        for connection in self.engine.connections.of(user, client):
            followed = about & connection.topics.keys()
            if followed and connection.outbox.ending is None:
                task = self.loop.create_task(self._recheck(connection, room, followed))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _recheck(self, connection: Connection, room: str, followed: set[str]) -> None:
        host: Any = connection.host
        try:
            may = await may_see(host.client, room=key_of(room))
        except Exception as error:  # noqa: BLE001 - who cannot be asked about is not let in
            self.engine.instrumentation.fail("permission", error)
            may = False
        for topic in followed if not may else ():
            host.unsubscribe(topic, UNSUBSCRIBED, "permission denied")
