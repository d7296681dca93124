"""What a client that comes back has missed: all of it, or an honest no.

A recovery is never partial. It is read and encoded once for each position from which clients come
back, however many they are: after a cut, a whole site returns with the same few positions.

What cannot be sent cannot be recovered: an answer that would fill a client's outbox would close
its connection as slow, again at each attempt, so it is a no as well.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from realtime.answers import Answers, Question, Recovered
from realtime.flights import Flights
from realtime.history import Page, Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime.brokers.base import Broker
    from realtime.catalog import Catalog
    from realtime.codecs.base import Encoded, PublicationsCodec
    from realtime.flights import Flight
    from realtime.history import History
    from realtime.hub import Hub
    from realtime.instrumentation import Instrumentation
    from realtime.message import Position, Publication

# The most publications that a history or a recovery returns.
MAX_PUBLICATIONS = 300

# An answer is given for so many seconds.
CACHE_TTL = 10.0

# So many topics' positions are compared in one turn of the event loop, then others have one.
TOPICS_PER_TURN = 200

# Seconds that a publication may be on its way between two processes.
GRACE = 1.0


@dataclass(slots=True, kw_only=True)
class Recovery:
    """Answers those who come back, from the broker's history.

    `max_size` is the most that an answer's publications may have, in bytes.
    """

    broker: Broker
    hub: Hub
    catalog: Catalog
    instrumentation: Instrumentation
    max_size: int
    answers: Answers = field(default_factory=Answers)
    _flights: Flights[Question, Recovered] = field(default_factory=Flights)
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

    async def recover(
        self, topic: str, history: History, since: Position, codec: PublicationsCodec
    ) -> Recovered:
        """Return what a client at `since` has missed. An empty epoch matches every epoch."""
        question = Question(topic, since, codec.name)
        known = self.answers.get(question, asyncio.get_running_loop().time())
        if known is not None and known.top == self.hub.top(topic):
            return known
        ask = partial(self._ask, question, history, codec)
        return await self._flights.share(question, ask)

    async def missed(
        self, topic: str, history: History, since: Position, until: Position
    ) -> tuple[Publication, ...] | None:
        """Return what was published after `since` up to `until`, None if that cannot be told."""
        page = await self.broker.read(topic, history, _query(history, since))
        found = tuple(each for each in page.publications if each.offset <= until.offset)
        same_life = page.top.epoch == until.epoch
        return missed_since(Page(found, until), since, history) if same_life else None

    async def remove(self, topic: str) -> None:
        """Forget a topic's publications, also those that wait here for who comes back."""
        await self.broker.remove(topic)
        self.answers.forget(topic)
        self._flights.forget(lambda question: question.topic == topic)

    async def position(self, topic: str, history: History) -> Position:
        """Return the topic's latest position."""
        known = self.hub.top(topic)
        if known is not None:
            return known
        page = await self.broker.read(topic, history, Query(limit=0))
        return page.top

    async def positions_before(
        self, topics: Iterable[str], ago: float
    ) -> dict[str, Position | None]:
        """Return where each topic was `ago` seconds ago, None where it keeps no history."""
        found: dict[str, Position | None] = {}
        for topic in topics:
            resolved = self.catalog.resolve(topic)
            history = None if resolved is None else resolved.options.history
            found[topic] = None
            if history is not None:
                found[topic] = await self.broker.position_before(topic, history, ago)
        return found

    async def check_positions(self) -> None:
        """Tell the followers of every topic whose publications did not all arrive here."""
        behind: dict[str, Position] = {}
        for count, topic in enumerate(self.hub.tops, 1):
            top = await self._ahead_of(topic)
            if top is not None:
                behind[topic] = top
            await _take_turns(count)
        if behind:
            await asyncio.sleep(GRACE)  # what is on its way may still arrive
        for count, (topic, top) in enumerate(behind.items(), 1):
            await _take_turns(count)
            seen = self.hub.top(topic)
            # A busy topic has moved on meanwhile: what counts is what was missing before.
            if seen is not None and _is_ahead(top, seen):
                self.hub.lose(topic)

    async def _ask(
        self, asked: Question, history: History, codec: PublicationsCodec, flight: Flight[Recovered]
    ) -> Recovered:
        self.hub.subscribe(asked.topic, codec.name, flight)
        try:
            page = await self.broker.read(asked.topic, history, _query(history, asked.since))
        finally:
            self.hub.unsubscribe(asked.topic, codec.name, flight)
        page = self._heard(asked.topic, page)
        answer = self._answer(page, missed_since(page, asked.since, history), codec)
        if self._flights.holds(asked, flight):
            ttl = min(history.ttl, CACHE_TTL)
            self.answers.add(asked, answer, asyncio.get_running_loop().time() + ttl)
        return answer

    async def _watch(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await self.check_positions()
            except Exception as error:  # noqa: BLE001 - the broker may be back at the next time
                self.instrumentation.fail("position check", error)

    async def _ahead_of(self, topic: str) -> Position | None:
        """Return the broker's position of a topic if it is not the hub's."""
        # Asked for all topics in turn, a memory of the last ones is of no use, and others lose it.
        resolved = self.catalog.look_up(topic)
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

    def _answer(
        self, page: Page, missed: tuple[Publication, ...] | None, codec: PublicationsCodec
    ) -> Recovered:
        if missed == ():
            return Recovered(recovered=True, publications=None, top=page.top)
        encoded = None if missed is None else self._encoded(missed, codec)
        if encoded is None or len(encoded.raw) > self.max_size:
            return Recovered(recovered=False, publications=None, top=page.top)
        return Recovered(recovered=True, publications=encoded, top=page.top)

    def _encoded(self, missed: tuple[Publication, ...], codec: PublicationsCodec) -> Encoded | None:
        try:
            return codec.publications(missed, of="subscribe")
        except Exception as error:  # noqa: BLE001 - a template's defect must not keep pages out
            self.instrumentation.fail(f"encoding as {codec.name}", error)
            return None


async def _take_turns(count: int) -> None:
    # A broker that answers at once would never let anybody else have a turn.
    if count % TOPICS_PER_TURN == 0:
        await asyncio.sleep(0)


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
