"""What a client that comes back has missed: all of it, or an honest no.

A recovery is never partial. It is read and encoded once for each position from which clients come
back, however many they are: after a cut, a whole site returns with the same few positions.

What cannot be sent cannot be recovered: an answer that would fill a client's outbox would close
its connection as slow, again at each attempt, so it is a no as well.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.codecs.json import encode_pub
from realtime.history import Page, Query

if TYPE_CHECKING:
    from realtime.brokers.base import Broker
    from realtime.catalog import Catalog
    from realtime.history import History
    from realtime.hub import Hub
    from realtime.instrumentation import Instrumentation
    from realtime.message import Position, Publication

# The most publications that a history or a recovery returns.
MAX_PUBLICATIONS = 300

# Answers are kept for those who come back at the same time: so many, of so many bytes in all,
# each for so many seconds.
CACHE_SIZE = 1_000
CACHE_BYTES = 16_777_216
CACHE_TTL = 10.0

# Seconds that a publication may be on its way between two processes.
GRACE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The answer. `json` is the JSON array of the missed publications, oldest first."""

    recovered: bool
    json: bytes
    top: Position


@dataclass(slots=True)
class Answers:
    """The last answers, by topic and position, with the time until which each may be given."""

    size: int = 0
    _kept: OrderedDict[tuple[str, Position], tuple[float, Recovered]] = field(
        default_factory=OrderedDict
    )

    def get(self, topic: str, since: Position, now: float) -> Recovered | None:
        """Return the answer, or None if there is none or its time is over."""
        until, answer = self._kept.get((topic, since), (now, None))
        return answer if until > now else None

    def add(self, topic: str, since: Position, answer: Recovered, until: float) -> None:
        """Keep an answer; beyond the limits the oldest go."""
        self._drop((topic, since))
        self._kept[topic, since] = (until, answer)
        self.size += len(answer.json)
        while len(self._kept) > CACHE_SIZE or self.size > CACHE_BYTES:
            self._drop(next(iter(self._kept)))

    def forget(self, topic: str) -> None:
        """Drop all answers about a topic."""
        for key in [key for key in self._kept if key[0] == topic]:
            self._drop(key)

    def __len__(self) -> int:
        return len(self._kept)

    def _drop(self, key: tuple[str, Position]) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self.size -= len(dropped[1].json)


@dataclass(slots=True, kw_only=True)
class Recovery:
    """Answers those who come back, from the broker's history.

    `max_size` is the most that an answer's JSON may have, in bytes.
    """

    broker: Broker
    hub: Hub
    catalog: Catalog
    instrumentation: Instrumentation
    max_size: int
    answers: Answers = field(default_factory=Answers)
    _watcher: asyncio.Task[None] | None = None

    def start(self, interval: float) -> None:
        """Compare positions every `interval` seconds, so that a quiet loss is noticed, too."""
        self._watcher = asyncio.get_running_loop().create_task(self._watch(interval))

    async def stop(self) -> None:
        """Compare positions no more."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
            self._watcher = None

    async def recover(self, topic: str, history: History, since: Position) -> Recovered:
        """Return what a client at `since` has missed. An empty epoch matches every epoch."""
        now = asyncio.get_running_loop().time()
        known = self.answers.get(topic, since, now)
        if known is not None and known.top == self.hub.top(topic):
            return known
        page = self._heard(topic, await self.broker.read(topic, history, _query(history, since)))
        answer = self._answer(page, missed_since(page, since, history))
        self.answers.add(topic, since, answer, now + min(history.ttl, CACHE_TTL))
        return answer

    async def remove(self, topic: str) -> None:
        """Forget a topic's publications, also those that wait here for who comes back."""
        await self.broker.remove(topic)
        self.answers.forget(topic)

    async def position(self, topic: str, history: History) -> Position:
        """Return the topic's latest position."""
        known = self.hub.top(topic)
        if known is not None:
            return known
        page = await self.broker.read(topic, history, Query(limit=0))
        return page.top

    async def check_positions(self) -> None:
        """Tell the followers of every topic whose publications did not all arrive here."""
        behind = {topic: top for topic in self.hub.tops if (top := await self._ahead_of(topic))}
        if behind:
            await asyncio.sleep(GRACE)  # what is on its way may still arrive
        for topic, top in behind.items():
            seen = self.hub.top(topic)
            # A busy topic has moved on meanwhile: what counts is what was missing before.
            if seen is not None and _is_ahead(top, seen):
                self.hub.lose(topic)

    async def _watch(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await self.check_positions()
            except Exception as error:  # noqa: BLE001 - the broker may be back at the next time
                self.instrumentation.fail("position check", error)

    async def _ahead_of(self, topic: str) -> Position | None:
        """Return the broker's position of a topic if it is not the hub's."""
        resolved = self.catalog.resolve(topic)
        if resolved is None or resolved.options.history is None:
            return None
        page = await self.broker.read(topic, resolved.options.history, Query(limit=0))
        seen = self.hub.top(topic)
        return page.top if seen is not None and _is_ahead(page.top, seen) else None

    def _heard(self, topic: str, page: Page) -> Page:
        """Return the page up to where the hub is: what the hub has yet to hear will come live."""
        seen = self.hub.top(topic)
        if seen is None or seen.epoch != page.top.epoch or seen.offset >= page.top.offset:
            return page
        heard = [each for each in page.publications if each.offset <= seen.offset]
        return Page(tuple(heard), seen)

    def _answer(self, page: Page, missed: tuple[Publication, ...] | None) -> Recovered:
        json = encode_pubs(missed or ())
        if missed is None or len(json) > self.max_size:
            return Recovered(recovered=False, json=b"[]", top=page.top)
        return Recovered(recovered=True, json=json, top=page.top)


def _is_ahead(top: Position, seen: Position) -> bool:
    return top.epoch != seen.epoch or top.offset > seen.offset


def _query(history: History, since: Position) -> Query:
    if history.recovery == "latest":
        return Query(limit=1, reverse=True)
    return Query(limit=MAX_PUBLICATIONS, since=since.offset)


def missed_since(page: Page, since: Position, history: History) -> tuple[Publication, ...] | None:
    """Return all that came after `since`, or None if that cannot be told."""
    if history.recovery == "latest":
        return _latest_since(page, since)
    if since.epoch and since.epoch != page.top.epoch:
        return None
    if page.top.offset - since.offset != len(page.publications):
        return None
    expected = range(since.offset + 1, page.top.offset + 1)
    whole = [each.offset for each in page.publications] == list(expected)
    return page.publications if whole else None


def _latest_since(page: Page, since: Position) -> tuple[Publication, ...] | None:
    if since.offset == page.top.offset and since.epoch in {"", page.top.epoch}:
        return ()
    return page.publications or None


def encode_pubs(publications: tuple[Publication, ...]) -> bytes:
    """Return publications as a JSON array."""
    return b"[" + b",".join([encode_pub(publication) for publication in publications]) + b"]"
