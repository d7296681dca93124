"""Rooms of the engine, put together for tests, and what stands at their doors."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from realtime.brokers import MemoryBroker
from realtime.catalog import Catalog, Options
from realtime.codecs import JSONCodec
from realtime.codecs.html import HTMLCodec
from realtime.codecs.joining import Message
from realtime.dedup import Dedup
from realtime.flusher import Flusher
from realtime.history import History, HistoryStore
from realtime.hub import Hub
from realtime.instrumentation import Instrumentation
from realtime.message import Frame
from realtime.outbox import Outbox
from realtime.pubsub import PubSub
from realtime.router import Pattern
from realtime.subscribers import Subscribers

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime.message import Draft, Overflow, Position
    from realtime.outbox import Write

SEND_TIMEOUT = 5.0
MAX_DATA_SIZE = 1000
TOPIC = "chat.lobby"
CHAT = Pattern("chat.{name}")
KEPT = Pattern("kept.{name}")


class Reader:
    """A follower that keeps what it is handed."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

        self.missed: list[str] = []

    def put(self, frame: Frame) -> None:
        self.frames.append(frame)

    def lost(self, topic: str) -> None:
        self.missed.append(topic)


class Peer:
    """The other end of a connection: keeps what it is sent, and can stop to read."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.endings: list[int] = []

    async def send(self, message: dict[str, Any]) -> None:
        """Take a message, as an ASGI server's send does: without suspending, unless stalled."""
        await self.reads.wait()
        self.messages.append(message)

    def stall(self) -> None:
        """Read no more."""
        self.reads.clear()

    def resume(self) -> None:
        """Read again."""
        self.reads.set()

    @property
    def texts(self) -> list[str]:
        """The texts that came, one a send."""
        return [message["text"] for message in self.messages if "text" in message]

    @property
    def closes(self) -> list[int]:
        """The codes of the closes that came."""
        return [message["code"] for message in self.messages if "code" in message]


def frame(text: str, overflow: Overflow = "close", *, size: int = 10, topic: str = "t") -> Frame:
    """Return a frame as a codec would."""
    return Frame(text, size, topic, overflow)


def concatenate(frames: list[Frame]) -> Message:
    """Join frames as the HTML codec does."""
    return Message({"type": "websocket.send", "text": "".join(one.text for one in frames)})


def connect(
    peer: Peer,
    flusher: Flusher,
    *,
    join: Callable[[list[Frame]], Message] = concatenate,
    max_size: int = 1_000_000,
    write: Write | None = None,
) -> Outbox:
    """Return the outbox of a connection to this peer."""
    return Outbox(
        send=peer.send,
        join=join,
        ready=flusher.ready,
        ended=peer.endings.append,
        max_size=max_size,
        dropped=Instrumentation().dropped,
        write=write,
    )


def make_flusher(
    *,
    max_size: int = 100,
    max_wait: float = 0.005,
    instrumentation: Instrumentation | None = None,
) -> Flusher:
    """Return a flusher that knows no outbox yet."""
    return Flusher(
        max_size=max_size,
        max_wait=max_wait,
        send_timeout=SEND_TIMEOUT,
        instrumentation=instrumentation or Instrumentation(),
    )


def crowd(flusher: Flusher, count: int) -> list[tuple[Peer, Outbox]]:
    """Return peers that are connected, each with its outbox."""
    peers = [Peer() for _ in range(count)]
    return [(peer, connect(peer, flusher)) for peer in peers]


class Desk:
    """An outbox with what it told to whom."""

    def __init__(self, *, max_size: int = 100) -> None:
        self.ready: list[Outbox] = []
        self.ended: list[int] = []
        self.dropped: Counter[str] = Counter()
        self.outbox = Outbox(
            send=self._send,
            join=concatenate,
            ready=self.ready.append,
            ended=self.ended.append,
            max_size=max_size,
            dropped=self.dropped,
        )

    async def _send(self, message: object) -> None:
        raise AssertionError("An outbox does no I/O.")

    @property
    def texts(self) -> list[str]:
        return [waiting.text for waiting in self.outbox.frames]


class MoodyBroker(MemoryBroker):
    """A memory broker that can fail."""

    failing = False

    async def publish(self, draft: Draft, history: History | None) -> Position:
        if self.failing:
            raise ConnectionError("The network is gone.")
        return await super().publish(draft, history)


class Site:
    """All rooms behind publish, with real codecs."""

    def __init__(self) -> None:
        self.counters = Instrumentation()
        self.catalog = Catalog()
        self.catalog.add(CHAT, Options(fragment="chat.html"))
        self.catalog.add(KEPT, Options(history=History(size=10, ttl=60)))
        self.hub = Hub(
            codecs=[JSONCodec(), HTMLCodec(self.catalog)],
            catalog=self.catalog,
            subscribers=Subscribers(instrumentation=self.counters),
            instrumentation=self.counters,
            noted=lambda: None,
        )
        self.broker = MoodyBroker(HistoryStore(max_topics=100, clock=time.monotonic))
        self.pubsub = PubSub(
            broker=self.broker,
            hub=self.hub,
            catalog=self.catalog,
            dedup=Dedup(ttl=60, max_ids=100, clock=time.monotonic),
            instrumentation=self.counters,
            max_size=MAX_DATA_SIZE,
        )

    def crowd(self, count: int, codec: str = "json", topic: str = TOPIC) -> list[Reader]:
        readers = [Reader() for _ in range(count)]
        for reader in readers:
            self.hub.subscribe(topic, codec, reader)
        return readers

    def draft(self, data: Any = None, *, id: str = "", topic: str = TOPIC) -> Draft:
        return self.pubsub.draft(topic, data, id=id)
