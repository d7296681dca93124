"""What every broker promises, as tests. A broker's own test file inherits them.

    class TestMemoryBroker(BrokerContract):
        @pytest.fixture
        def broker(self) -> MemoryBroker: ...

The suite waits for publications instead of counting on them at once, so that it holds for a
broker with a network in between, too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from realtime.exceptions import NotServingError
from realtime.history import NOWHERE, History, Page, Query
from realtime.message import ClientInfo, Draft, Position

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from realtime.brokers import Broker
    from realtime.message import Publication

KEEP = History(size=10, ttl=60)
PATIENCE = 5.0  # seconds


def draft(topic: str = "a", data: object = None, *, id: str = "") -> Draft:
    return Draft(topic=topic, data=data, json=b"null", id=id)


async def top_of(broker: Broker, topic: str) -> Position:
    """Return a topic's latest position."""
    page = await broker.read(topic, KEEP, Query(limit=0))
    return page.top


async def offsets_of(broker: Broker, query: Query) -> list[int]:
    """Return the offsets of a part of topic `a`."""
    page = await broker.read("a", KEEP, query)
    return [publication.offset for publication in page.publications]


class Hearing:
    """What a process was told, and how far the history was at that moment."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[Publication] = []
        self._readings: list[asyncio.Future[Position]] = []
        self._broker = broker
        self._more = asyncio.Event()

    def __call__(self, publication: Publication) -> None:
        self.heard.append(publication)
        self._readings.append(asyncio.ensure_future(top_of(self._broker, publication.topic)))
        self._more.set()

    async def positions(self) -> list[Position]:
        """Return how far the history was at each publication, or further."""
        return await asyncio.gather(*self._readings)

    async def wait(self, count: int) -> list[Publication]:
        """Return what was heard as soon as it is so much."""
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < count:
                self._more.clear()
                await self._more.wait()
        return self.heard


class BrokerContract:
    """The tests. The fixture `broker` is a broker that was not started yet."""

    @pytest.fixture
    async def hearing(self, broker: Broker) -> AsyncIterator[Hearing]:
        """The broker, started."""
        hearing = Hearing(broker)
        await broker.start(hearing)
        yield hearing
        await broker.stop()

    async def test_publication_is_the_draft_at_its_position(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        info = ClientInfo(user="1", client="c")
        made = Draft(topic="a", data={"n": 1}, json=b'{"n":1}', id="x", info=info, published_at=5.0)

        position = await broker.publish(made, KEEP)

        [heard] = await hearing.wait(1)
        assert (heard.topic, heard.data, heard.json) == ("a", {"n": 1}, b'{"n":1}')
        assert (heard.id, heard.info, heard.published_at) == ("x", info, 5.0)
        assert Position(heard.offset, heard.epoch) == position

    async def test_offsets_rise_by_one_in_one_epoch(self, broker: Broker, hearing: Hearing) -> None:
        positions = [await broker.publish(draft(), KEEP) for _ in range(5)]

        assert [position.offset for position in positions] == [1, 2, 3, 4, 5]
        assert len({position.epoch for position in positions}) == 1
        assert positions[0].epoch

    async def test_publications_of_a_topic_come_in_the_order_of_their_offsets(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        await asyncio.gather(*(broker.publish(draft(topic), KEEP) for topic in "abab" * 10))

        heard = await hearing.wait(40)
        for topic in "ab":
            offsets = [one.offset for one in heard if one.topic == topic]
            assert offsets == list(range(1, 21))

    async def test_topic_without_history_has_no_position(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        positions = [await broker.publish(draft(), None) for _ in range(2)]

        heard = await hearing.wait(2)
        assert positions == [NOWHERE, NOWHERE]
        assert [one.offset for one in heard] == [0, 0]
        page = await broker.read("a", KEEP, Query(limit=10))
        assert (page.publications, page.top.offset) == ((), 0)

    async def test_publication_is_in_the_history_before_anybody_hears_of_it(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        for _ in range(3):
            await broker.publish(draft(), KEEP)

        heard = await hearing.wait(3)
        for publication, position in zip(heard, await hearing.positions(), strict=True):
            assert position.epoch == publication.epoch
            assert position.offset >= publication.offset

    async def test_publication_is_heard_once(self, broker: Broker, hearing: Hearing) -> None:
        for number in range(10):
            await broker.publish(draft(id=str(number)), KEEP)
        await broker.publish(draft("end"), None)

        heard = await hearing.wait(11)
        assert [one.id for one in heard if one.topic == "a"] == [str(n) for n in range(10)]

    async def test_unknown_topic_begins_a_life_that_its_first_publication_goes_on(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        asked = await top_of(broker, "a")

        first = await broker.publish(draft(), KEEP)

        assert asked == Position(0, first.epoch)
        assert first == Position(1, asked.epoch)

    async def test_position_is_that_of_the_latest_publication(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        await broker.publish(draft(), KEEP)
        latest = await broker.publish(draft(), KEEP)
        await hearing.wait(2)

        assert await top_of(broker, "a") == latest

    async def test_history_is_read_forwards_backwards_and_in_parts(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        for _ in range(12):
            await broker.publish(draft(), KEEP)
        await hearing.wait(12)

        assert await offsets_of(broker, Query(limit=100)) == list(range(3, 13))
        assert await offsets_of(broker, Query(limit=2)) == [3, 4]
        assert await offsets_of(broker, Query(limit=2, since=4)) == [5, 6]
        assert await offsets_of(broker, Query(limit=2, reverse=True)) == [12, 11]
        assert await offsets_of(broker, Query(limit=9, since=5, reverse=True)) == [4, 3]
        assert await offsets_of(broker, Query(limit=100, since=12)) == []
        assert await offsets_of(broker, Query(limit=0)) == []

    async def test_removed_publications_are_gone_and_the_offsets_go_on(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        before = await broker.publish(draft(), KEEP)

        await broker.remove("a")

        assert await broker.read("a", KEEP, Query(limit=10)) == Page((), before)
        after = await broker.publish(draft(), KEEP)
        assert after == Position(before.offset + 1, before.epoch)
        assert await offsets_of(broker, Query(limit=10)) == [2]

    async def test_stopped_broker_refuses_and_tells_nobody(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        await broker.stop()

        with pytest.raises(NotServingError):
            await broker.publish(draft(), KEEP)
        assert hearing.heard == []

    async def test_broker_that_was_never_started_refuses(self, broker: Broker) -> None:
        with pytest.raises(NotServingError):
            await broker.publish(draft(), KEEP)

    async def test_stop_of_a_stopped_broker_does_no_harm(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        await broker.stop()
        await broker.stop()

    async def test_broker_that_is_started_again_tells_the_new_listener_alone(
        self, broker: Broker, hearing: Hearing
    ) -> None:
        before = await broker.publish(draft(), KEEP)
        await hearing.wait(1)
        await broker.stop()
        again = Hearing(broker)
        await broker.start(again)

        after = await broker.publish(draft(), KEEP)

        await again.wait(1)
        assert len(hearing.heard) == 1
        assert after.offset == before.offset + 1 or after.epoch != before.epoch
