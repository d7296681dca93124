"""Publish with an id while the broker takes its time: callers go away, come back, or fail."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.brokers import MemoryBroker
from realtime.history import History, HistoryStore
from realtime.message import Draft, Position
from tests.realtime.clock import turns
from tests.realtime.rooms import Site

KEPT = "kept.lobby"


class SlowBroker(MemoryBroker):
    """A memory broker that does what it is asked when the test says so."""

    suspends = True

    def __init__(self) -> None:
        super().__init__(HistoryStore(max_topics=100, clock=time.monotonic))
        self.asked: list[asyncio.Future[None]] = []

    async def publish(self, draft: Draft, history: History | None) -> Position:
        """Wait, then publish or fail."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asked.append(waiting)
        await waiting
        return await super().publish(draft, history)

    def go_on(self) -> None:
        """Let what waits be published."""
        for waiting in self.take():
            waiting.set_result(None)

    def fail(self) -> None:
        """Let what waits fail."""
        for waiting in self.take():
            waiting.set_exception(ConnectionError("The network is gone."))

    def take(self) -> list[asyncio.Future[None]]:
        taken, self.asked = self.asked, []
        return [waiting for waiting in taken if not waiting.done()]


class SlowSite(Site):
    """A site behind a slow network."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = SlowBroker()
        self.pubsub.broker = self.slow
        [self.reader] = self.crowd(1, topic=KEPT)

    def ask(self, *, id: str = "order-1") -> asyncio.Task[Position | None]:
        """Begin to publish."""
        return asyncio.create_task(self.pubsub.apublish(self.draft("x", id=id, topic=KEPT)))


@pytest.fixture
async def slow() -> SlowSite:
    """A site behind a slow network, which serves."""
    site = SlowSite()
    await site.pubsub.start()
    return site


async def test_caller_that_goes_away_does_not_take_its_publication_along(slow: SlowSite) -> None:
    first = slow.ask()
    await turns(3)
    first.cancel()
    await turns(3)
    again = slow.ask()
    await turns(3)

    slow.slow.go_on()

    assert await again == Position(1, slow.slow._store.position(KEPT, History(size=1, ttl=1)).epoch)
    assert len(slow.reader.frames) == 1
    assert (slow.counters.published, slow.counters.deduplicated) == (1, 1)


async def test_repetition_gets_the_position_of_the_first(slow: SlowSite) -> None:
    callers = [slow.ask() for _ in range(3)]
    await turns(3)

    slow.slow.go_on()

    positions = await asyncio.gather(*callers)
    assert {position.offset for position in positions if position is not None} == {1}
    assert await slow.ask() == positions[0]
    assert len(slow.reader.frames) == 1


async def test_repetition_gets_the_error_of_the_first_and_the_next_one_may_try(
    slow: SlowSite,
) -> None:
    callers = [slow.ask() for _ in range(3)]
    await turns(3)

    slow.slow.fail()

    results = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(each) for each in results] == [ConnectionError] * 3
    again = slow.ask()
    await turns(3)
    slow.slow.go_on()
    position = await again
    assert position is not None
    assert position.offset == 1


async def test_publications_without_an_id_are_not_taken_for_each_other(slow: SlowSite) -> None:
    callers = [slow.ask(id="") for _ in range(2)]
    await turns(3)

    slow.slow.go_on()

    assert len(await asyncio.gather(*callers)) == 2
    assert len(slow.reader.frames) == 2


async def play(steps: list[str]) -> None:
    site = SlowSite()
    await site.pubsub.start()
    callers: list[asyncio.Task[Position | None]] = []
    for step in steps:
        if step == "ask":
            callers.append(site.ask())
        elif step == "cancel" and callers:
            callers[-1].cancel()
        elif step == "go on":
            site.slow.go_on()
        elif step == "fail":
            site.slow.fail()
        await turns(4)
        assert len(site.slow.asked) <= 1
    callers.append(site.ask())
    await turns(4)
    site.slow.go_on()
    results = await asyncio.gather(*callers, return_exceptions=True)

    assert len(site.reader.frames) == site.counters.published == 1
    assert results[-1] == Position(1, getattr(results[-1], "epoch", ""))
    for each in results:
        assert isinstance(each, asyncio.CancelledError | ConnectionError) or each == results[-1]
    assert not site.pubsub._under_way


@given(
    steps=st.lists(
        st.sampled_from(["ask", "ask", "ask", "cancel", "cancel", "fail", "go on"]), max_size=30
    )
)
def test_id_is_published_once_whoever_goes_away_and_whatever_fails(steps: list[str]) -> None:
    asyncio.run(play(steps))
