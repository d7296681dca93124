"""What both sockets share: one task that awaits `receive`, and nothing else.

All that leaves goes through the outbox and is sent by the flusher, so a connection has one
writer and needs no queue and no second task. Channels' own dispatch is not used: it would hop to
a thread for every event.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from channels.consumer import AsyncConsumer

from realtime import registry
from realtime.client import Client, Socket, client_of_scope
from realtime.connections import Connection, Subscription
from realtime.consumers.handshake import address_of, no_place, refusal, reject
from realtime.exceptions import CommandError, ProtocolError
from realtime.expiry import never_expire
from realtime.outbox import WRITE, Ending, Outbox, go_silently
from realtime.protocol import MESSAGE_TOO_BIG, PERMISSION_DENIED
from realtime.sessions import size_of
from realtime.terms import NO_TERMS

if TYPE_CHECKING:
    from realtime.codecs.base import SocketCodec
    from realtime.limits import Meter
    from realtime.message import Frame
    from realtime.terms import Terms

# So many commands of one client are handled in one turn of the event loop, then others have one.
COMMANDS_PER_TURN = 16

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class SocketConsumer(AsyncConsumer):
    """One connection, from its handshake to its end."""

    socket: ClassVar[Socket]
    # What it speaks, which some kinds settle with the client.
    codec: SocketCodec
    subprotocol: str | None = None
    # How this kind of socket ends: its credentials did, the server does, its peer is too slow, it
    # asks too much, we failed.
    revocation: ClassVar[Ending]
    shutdown: ClassVar[Ending]
    slow: ClassVar[Ending]
    flood: ClassVar[Ending]
    failure: ClassVar[Ending]

    engine: registry.Engine
    client: Client
    connection: Connection
    # The secret by which requests of a client without WebSockets name this connection.
    session = ""
    handled = 0
    # From the first command on; and with which codes commands were refused, so that each is
    # logged once.
    meter: Meter | None = None
    noted: frozenset[int] = frozenset()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        self.engine = await registry.attach()
        await receive()  # websocket.connect
        reason = refusal(scope, self.engine.settings) or no_place(scope, self.engine)
        if not reason:
            self.client = client_of_scope(scope, id=str(uuid.uuid4()), socket=self.socket)
            reason = self.no_place_for_user()
        if reason:
            code = reject(self.engine, self.socket, reason)
            await send({"type": "websocket.close", "code": code})
            return
        self.negotiate(scope)
        self._enter(scope, send)
        await self._serve(scope, receive, send)

    def _enter(self, scope: dict[str, Any], send: Send) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())  # a server runs us in one
        farewell = self.farewell  # one object for both
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
            farewell=farewell,
            write=scope.get("extensions", {}).get(WRITE),
        )
        self.connection = Connection(
            id=self.client.id,
            socket=self.socket,
            user=self.client.user_id,
            session=self.client.session,
            outbox=outbox,
            farewell=farewell,
            revocation=self.revocation,
            shutdown=self.shutdown,
            host=self,
            address=address_of(scope),
            begun=scope.get("realtime.begun", time.monotonic()),
        )
        # Whoever sees the socket open follows its topics already: nothing falls in between.
        outbox.hold()
        self.engine.connections.add(self.connection)
        self.engine.instrumentation.connections_opened[self.socket] += 1

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        code = 1006
        try:
            await self._guard(self.opened(scope))
            await send({"type": "websocket.accept", "subprotocol": self.subprotocol})
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
                text = message.get("text")
                await self._guard(self._receive(message["bytes"] if text is None else text))
                await self.take_turns()

    async def _receive(self, message: str | bytes) -> None:
        if size_of(message) > self.engine.settings.message_max_size:
            raise ProtocolError(MESSAGE_TOO_BIG, "message too big")
        await self.received(message)

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
        self.connection.host, self.connection.farewell = None, go_silently  # they hold on to this

    # What a kind of socket adds.

    def no_place_for_user(self) -> str:
        """Return why this user may not open another connection, where that is known by now."""
        return ""

    def negotiate(self, scope: dict[str, Any]) -> None:
        """Settle what is spoken on this connection, where there is a choice."""

    @abstractmethod
    async def opened(self, scope: dict[str, Any]) -> None:
        """Begin to serve, before the client sees it open. May raise `ProtocolError`."""

    @abstractmethod
    async def received(self, message: str | bytes) -> None:
        """Handle one message. May raise `ProtocolError`."""

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
    async def subscribe(self, topic: str, terms: Terms = NO_TERMS) -> None:
        """Follow a topic because the site says so; may raise `CommandError`."""

    @abstractmethod
    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        """Follow a topic no more because the site says so; one not followed is no error."""

    @abstractmethod
    def end_at(self, expires_at: int) -> None:
        """End the connection then, in seconds since 1970, because the site says so."""

    # What both kinds do alike.

    async def take_turns(self, cost: int = 1) -> None:
        """Let others have a turn now and then: a flood of refused commands never waits.

        `cost` says how many usual commands the one that was handled stands for.
        """
        self.handled += cost
        if self.handled >= COMMANDS_PER_TURN:
            self.handled = 0
            await asyncio.sleep(0)

    def put(self, frame: Frame) -> None:
        """Send a frame to this client, after what waits already."""
        self.connection.outbox.put(frame)

    def subscription(self, *, server_side: bool = False) -> Subscription:
        """Return the usual way to follow a topic: all that is published goes into the outbox."""
        outbox = self.connection.outbox
        return Subscription(codec=self.codec.name, follower=outbox, server_side=server_side)

    def join(self, topic: str, subscription: Subscription) -> None:
        """Follow a topic in which a place was kept for this subscription.

        Raises `CommandError` 103 if the place was lost since: the right ended meanwhile.
        """
        if self.connection.topics.get(topic) is not subscription:
            raise CommandError(PERMISSION_DENIED, "permission denied")
        self.engine.hub.subscribe(topic, subscription.codec, subscription.follower)

    def leave(self, topic: str) -> None:
        """Follow a topic no more; one that is not followed is no error."""
        subscription = self.connection.topics.pop(topic, None)
        if subscription is None:
            return
        never_expire(self.engine.heartbeat, subscription)
        self.engine.hub.unsubscribe(topic, subscription.codec, subscription.follower)
        self.engine.presence.leave(topic, self.client.id)
