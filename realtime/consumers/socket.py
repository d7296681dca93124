"""What both sockets share: one task that awaits `receive`, and nothing else.

All that leaves goes through the outbox and is sent by the flusher, so a connection has one
writer and needs no queue and no second task. Channels' own dispatch is not used: it would hop to
a thread for every event.
"""

from __future__ import annotations

import asyncio
import uuid
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from channels.consumer import AsyncConsumer

from realtime import registry
from realtime.client import Client, Socket, client_of_scope
from realtime.connections import Connection
from realtime.consumers.handshake import refusal
from realtime.exceptions import CommandError, ProtocolError
from realtime.outbox import Ending, Outbox
from realtime.permissions import allowed
from realtime.protocol import (
    ALREADY_SUBSCRIBED,
    INTERNAL,
    LIMIT_EXCEEDED,
    MESSAGE_TOO_BIG,
    PERMISSION_DENIED,
    UNKNOWN_TOPIC,
)
from realtime.router import is_open_to

if TYPE_CHECKING:
    from realtime.catalog import Permission, Resolved
    from realtime.codecs.base import SocketCodec
    from realtime.message import Frame

# So many commands of one client are handled in one turn of the event loop, then others have one.
COMMANDS_PER_TURN = 16

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class SocketConsumer(AsyncConsumer):
    """One connection, from its handshake to its end."""

    socket: ClassVar[Socket]
    codec: ClassVar[SocketCodec]
    # How this kind of socket ends: its credentials did, its peer is too slow, we failed.
    revocation: ClassVar[Ending]
    slow: ClassVar[Ending]
    failure: ClassVar[Ending]

    engine: registry.Engine
    client: Client
    connection: Connection
    handled = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        self.engine = await registry.attach()
        await receive()  # websocket.connect
        reason = refusal(scope, self.engine.settings)
        if reason:
            self.engine.instrumentation.reject(self.socket, reason)
            await send({"type": "websocket.close", "code": 4403})
            return
        self.client = client_of_scope(scope, id=str(uuid.uuid4()), socket=self.socket)
        self._enter(send)
        await self._serve(scope, receive, send)

    def _enter(self, send: Send) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())  # a server runs us in one
        outbox = Outbox(
            send=send,
            join=self.codec.join,
            ready=self.engine.flusher.ready,
            # The peer may never answer our close, and hold `receive` up.
            ended=lambda _code: task.cancel(),
            lost=self.lost,
            max_size=self.engine.settings.outbox_max_size,
            dropped=self.engine.instrumentation.dropped,
            slow=self.slow,
        )
        self.connection = Connection(
            id=self.client.id,
            socket=self.socket,
            user=self.client.user_id,
            session=self.client.session,
            outbox=outbox,
            farewell=self.farewell,
            revocation=self.revocation,
            host=self,
        )
        # Whoever sees the socket open follows its topics already: nothing falls in between.
        outbox.hold()
        self.engine.connections.add(self.connection)
        self.engine.instrumentation.connections_opened[self.socket] += 1

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        code = 1006
        try:
            await self._guard(self.opened(scope))
            await send({"type": "websocket.accept"})
            self.connection.outbox.release()
            code = await self._read(receive)
        except asyncio.CancelledError:
            if self.connection.outbox.ending is None:
                raise
        finally:
            self._leave(code)

    async def _read(self, receive: Receive) -> int:
        received = self.engine.instrumentation.messages_received
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                code = int(message.get("code") or 1006)
                if code == MESSAGE_TOO_BIG:  # the server itself refused an oversized frame
                    self.engine.instrumentation.refuse(self.socket, code)
                return code
            received[self.socket] += 1
            if self.connection.outbox.ending is None:
                await self._guard(self._receive(message.get("text")))
                await self.take_turns()

    async def _receive(self, text: str | None) -> None:
        max_size = self.engine.settings.message_max_size
        if text is not None and len(text if text.isascii() else text.encode()) > max_size:
            raise ProtocolError(MESSAGE_TOO_BIG, "message too big")
        await self.received(text)

    async def _guard(self, work: Awaitable[None]) -> None:
        try:
            await work
        except ProtocolError as error:
            self.engine.instrumentation.refuse(self.socket, error.code)
            self.connection.close(error.code, error.reason)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not show to the client
            self.engine.instrumentation.fail(f"{self.socket} socket", error)
            self.connection.close(self.failure.code, self.failure.reason)

    def _leave(self, code: int) -> None:
        self.closed()
        for topic in list(self.connection.topics):
            self.leave(topic)
        self.engine.connections.remove(self.connection)
        ending = self.connection.outbox.ending
        self.engine.instrumentation.connections_closed[ending.code if ending else code] += 1
        self.connection.outbox.abandon()

    # What a kind of socket adds.

    @abstractmethod
    async def opened(self, scope: dict[str, Any]) -> None:
        """Begin to serve, before the client sees it open. May raise `ProtocolError`."""

    @abstractmethod
    async def received(self, text: str | None) -> None:
        """Handle one message; None stands for a binary one. May raise `ProtocolError`."""

    @abstractmethod
    def farewell(self, code: int, reason: str) -> Frame | None:
        """Return what the client is told before the server closes, or None."""

    @abstractmethod
    def closed(self) -> None:
        """Let go of what `opened` took."""

    @abstractmethod
    def lost(self, topic: str) -> None:
        """Be told that publications of a followed topic were missed."""

    @abstractmethod
    async def subscribe(self, topic: str, *, info: Any = None, data: Any = None) -> None:
        """Follow a topic because the site says so; may raise `CommandError`."""

    @abstractmethod
    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        """Follow a topic no more because the site says so."""

    # What both kinds do alike.

    async def take_turns(self) -> None:
        """Let others have a turn now and then: a flood of refused commands never waits."""
        self.handled += 1
        if self.handled % COMMANDS_PER_TURN == 0:
            await asyncio.sleep(0)

    def put(self, frame: Frame) -> None:
        """Send a frame to this client, after what waits already."""
        self.connection.outbox.put(frame)

    def resolve(self, topic: str) -> Resolved:
        """Return what is declared of a topic that this client may have to do with.

        Raises `CommandError` 102 if it does not exist, 103 if its name keeps it for other users.
        """
        resolved = registry.catalog.resolve(topic)
        if resolved is None:
            raise CommandError(UNKNOWN_TOPIC, "unknown channel")
        if not is_open_to(topic, self.client.user_id):
            raise CommandError(PERMISSION_DENIED, "permission denied")
        return resolved

    async def admit(self, topic: str) -> Resolved:
        """Return what is declared of a topic that this client may begin to follow.

        Raises `CommandError` 102, 103, 105 or 106 if that may not be.
        """
        resolved = self.make_room(topic)
        await self.check(resolved, resolved.options.can_subscribe)
        return resolved

    def make_room(self, topic: str, *, besides: int = 0) -> Resolved:
        """Return what is declared of a topic that this client could follow besides its others.

        `besides` counts those which it is about to follow. Raises `CommandError` 102, 103, 105
        or 106. Whether the client may follow it is not asked.
        """
        resolved = self.resolve(topic)
        if topic in self.connection.topics:
            raise CommandError(ALREADY_SUBSCRIBED, "already subscribed")
        if len(self.connection.topics) + besides >= self.engine.settings.topics_per_connection:
            raise CommandError(LIMIT_EXCEEDED, "limit exceeded")
        return resolved

    def join(self, topic: str) -> None:
        """Follow a topic to which the client was admitted."""
        self.connection.topics.add(topic)
        self.engine.hub.subscribe(topic, self.codec.name, self.connection.outbox)

    def leave(self, topic: str) -> None:
        """Follow a topic no more; one that is not followed is no error."""
        self.connection.topics.discard(topic)
        self.engine.hub.unsubscribe(topic, self.codec.name, self.connection.outbox)
        self.engine.presence.leave(topic, self.client.id)

    async def check(self, resolved: Resolved, permission: Permission) -> None:
        """Raise `CommandError` 103 unless the client has this permission on the topic."""
        try:
            may = await allowed(permission, self.client, **resolved.parameters)
        except Exception as error:
            self.engine.instrumentation.fail("permission", error)
            raise CommandError(INTERNAL, "internal server error", temporary=True) from error
        if not may:
            raise CommandError(PERMISSION_DENIED, "permission denied")
