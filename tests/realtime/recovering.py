"""A topic whose followers come back, and a broker that loses on demand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

import orjson

from realtime.catalog import Options
from realtime.codecs import JSONCodec
from realtime.history import History, HistoryStore
from realtime.message import Position
from realtime.recovery import Recovery
from realtime.router import Pattern
from tests.realtime.rooms import MoodyBroker, Reader, Site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime.answers import Recovered
    from realtime.codecs.base import Encoded
    from realtime.history import Page, Query
    from realtime.message import Publication

STREAM = History(size=1000, ttl=60)
LATEST = History(size=10, ttl=60, recovery="latest")
TOPIC = "returning.lobby"
MAX_SIZE = 10_000


class CountingCodec(JSONCodec):
    """A codec that keeps which publications it encoded for those who come back."""

    def __init__(self) -> None:
        self.encoded: list[int] = []

    def publications(
        self, publications: Sequence[Publication], *, of: Literal["subscribe", "history"]
    ) -> Encoded:
        self.encoded += [each.offset for each in publications]
        return super().publications(publications, of=of)


class CountingBroker(MoodyBroker):
    """A memory broker that counts how often its history is read."""

    reads = 0

    async def read(self, topic: str, history: History, query: Query) -> Page:
        if self.failing:
            raise ConnectionError("The network is gone.")
        self.reads += 1
        return await super().read(topic, history, query)


class Returning(Site):
    """A site with one topic, on which something can get lost between the broker and the hub."""

    broker: CountingBroker

    def __init__(self) -> None:
        super().__init__()
        self.catalog.add(Pattern("returning.{name}"), Options(history=STREAM))
        self.store = HistoryStore(max_topics=100, clock=time.monotonic)
        self.broker = CountingBroker(self.store)
        self.pubsub.broker = self.broker
        self.recovery = Recovery(
            broker=self.broker,
            hub=self.hub,
            catalog=self.catalog,
            instrumentation=self.counters,
            max_size=MAX_SIZE,
        )
        self.codec = CountingCodec()
        self.follower = Reader()
        self.epoch = ""

    async def publish(self, *data: object) -> None:
        for each in data:
            position = await self.pubsub.apublish(self.draft(each, topic=TOPIC))
            assert position is not None
            self.epoch = position.epoch

    def lose(self, data: object = None) -> Publication:
        """Return a publication that is in the history, and of which the hub was not told."""
        return self.store.append(self.draft(data, topic=TOPIC), STREAM)

    def watch(self) -> Reader:
        """Let a client follow the topic from its latest position."""
        self.hub.subscribe(TOPIC, "json", self.follower)
        self.hub.learn(TOPIC, self.store.position(TOPIC, STREAM))
        return self.follower

    async def recover(self, since: int) -> Recovered:
        return await self.recovery.recover(TOPIC, STREAM, Position(since, self.epoch), self.codec)


def publications_of(answer: Recovered) -> Any:
    """Return an answer's publications as a client reads them."""
    return [] if answer.publications is None else orjson.loads(answer.publications.raw)
