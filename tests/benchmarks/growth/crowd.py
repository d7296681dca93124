"""A crowd for the growth tests: many who are connected and do nothing while one thing happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from realtime.connections import Connection, Subscription
from realtime.message import ClientInfo
from realtime.outbox import SLOW, Outbox

if TYPE_CHECKING:
    from realtime.codecs import JSONCodec
    from realtime.registry import Engine


class WatchedOutbox(Outbox):
    """An outbox that compares in Python, where the meter sees it: searching for one shows."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self) >> 4


class WatchedConnection(Connection):
    """A connection that does."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self) >> 4


class Sink:
    """The far end of all connections: counts what comes, and can be awaited."""

    def __init__(self) -> None:
        self.sent = 0
        self._wanted = 0
        self._came = asyncio.Event()

    async def send(self, _message: dict[str, Any]) -> None:
        """Take a message, without suspending."""
        self._count()

    def write(self, _line: bytes) -> bool:
        """Take what is ready for the line."""
        self._count()
        return True

    async def more(self, count: int) -> None:
        """Wait until so many have come since the last call began to wait."""
        self._wanted += count
        if self.sent < self._wanted:
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), 30)

    def _count(self) -> None:
        self.sent += 1
        if self.sent == self._wanted:
            self._came.set()


class Crowd:
    """Those who follow topics of an engine, on a server that is written to directly or not."""

    def __init__(self, engine: Engine, codec: JSONCodec) -> None:
        self.direct = False
        self.engine = engine
        self.codec = codec
        self.sink = Sink()

    def outbox(self) -> WatchedOutbox:
        """Return the outbox of somebody."""
        return WatchedOutbox(
            send=self.sink.send,
            join=self.codec.join,
            ready=self.engine.flusher.ready,
            ended=_nothing,
            max_size=1_000_000,
            dropped=self.engine.instrumentation.dropped,
            write=self.sink.write if self.direct else None,
        )

    def follow(self, topic: str, count: int) -> None:
        """Let so many follow a topic."""
        for _ in range(count):
            self.engine.hub.subscribe(topic, self.codec.name, self.outbox())

    def connect(self, first: int, last: int) -> None:
        """Let everybody with these numbers be connected, in the crowd and each on a topic alone.

        They are entered wherever the engine keeps people, as their consumers would do it. All are
        signed in: whoever looks among them for a guest, as the newcomer is, looks at every one.
        """
        for number in range(first, last):
            outbox = self.outbox()
            connection = WatchedConnection(
                id=f"client-{number}",
                socket="data",
                user=f"{number}",
                session=f"session-{number}",
                outbox=outbox,
                farewell=_silence,
                revocation=SLOW,
                address="127.0.0.1" if number % 3 else f"192.0.2.{number}",
            )
            self.engine.connections.add(connection)
            self.engine.connections.seat(connection, limit=0)
            info = ClientInfo(user=connection.user, client=connection.id)
            for topic in ("grow.crowd", f"grow.own-{number}"):
                connection.topics[topic] = Subscription(codec=self.codec.name, follower=outbox)
                self.engine.hub.subscribe(topic, self.codec.name, outbox)
                self.engine.presence.enter(topic, info)
            self.engine.heartbeat.schedule(_Waiting(), 600)


class _Waiting:
    """Somebody whose ping is due in ten minutes."""

    __slots__ = ("slot",)

    def __init__(self) -> None:
        self.slot = 0

    def expire(self) -> None:
        """Be told that the time has come, which is after the test."""


def _nothing(_code: int) -> None:
    """Need not know that it ended."""


def _silence(_code: int, _reason: str) -> None:
    """Say nothing."""
