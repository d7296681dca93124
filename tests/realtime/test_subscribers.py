"""Server-side subscribers: in order, bounded, and one's defect is not another's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from realtime import subscribers as subscribers_module
from realtime.instrumentation import Instrumentation
from realtime.message import Publication
from realtime.router import Pattern
from realtime.subscribers import Subscribers
from tests.realtime.clock import turns

if TYPE_CHECKING:
    import pytest


def publication(topic: str = "a.b", offset: int = 1) -> Publication:
    return Publication(topic, None, b"null", offset, "e")


def room() -> Subscribers:
    return Subscribers(instrumentation=Instrumentation())


class Listener:
    """Keeps what it was called with."""

    def __init__(self) -> None:
        self.offsets: list[int] = []

    async def __call__(self, publication: Publication) -> None:
        self.offsets.append(publication.offset)


async def test_subscriber_has_what_matches_its_pattern() -> None:
    subscribers, listener, other = room(), Listener(), Listener()
    subscribers.add(Pattern("a.{x}"), listener)
    subscribers.add(Pattern("b.{x}"), other)

    subscribers.offer(publication("a.b", 1))
    subscribers.offer(publication("c.b", 2))
    subscribers.offer(publication("b.b", 3))
    await subscribers.drain()

    assert (listener.offsets, other.offsets) == ([1], [3])


async def test_publications_come_in_order_though_one_takes_long() -> None:
    subscribers, done = room(), []

    async def slow(publication: Publication) -> None:
        await turns(3 if publication.offset == 1 else 0)
        done.append(publication.offset)

    subscribers.add(Pattern("a.{x}"), slow)
    for offset in (1, 2, 3):
        subscribers.offer(publication(offset=offset))
    await subscribers.drain()

    assert done == [1, 2, 3]


async def test_subscribers_of_one_topic_run_in_the_order_in_which_they_came() -> None:
    subscribers, called = room(), []

    async def first(publication: Publication) -> None:
        called.append("first")

    async def second(publication: Publication) -> None:
        called.append("second")

    subscribers.add(Pattern("a.b"), first)
    subscribers.add(Pattern("{x}.b"), second)
    subscribers.offer(publication())
    await subscribers.drain()

    assert called == ["first", "second"]


async def test_offer_does_not_wait_for_anybody() -> None:
    subscribers, listener = room(), Listener()
    subscribers.add(Pattern("a.b"), listener)

    subscribers.offer(publication())

    assert listener.offsets == []
    await subscribers.drain()
    assert listener.offsets == [1]


async def test_drain_when_nothing_waits_returns_at_once() -> None:
    await room().drain()


async def test_failure_is_counted_and_the_others_go_on() -> None:
    subscribers, listener = room(), Listener()

    async def broken(publication: Publication) -> None:
        raise ValueError

    subscribers.add(Pattern("a.b"), broken)
    subscribers.add(Pattern("a.b"), listener)
    subscribers.offer(publication())
    await subscribers.drain()

    assert listener.offsets == [1]
    assert subscribers.instrumentation.failures == {"subscriber": 1}


async def test_subscriber_that_awaits_what_was_cancelled_stops_nobody_else() -> None:
    subscribers, listener = room(), Listener()

    async def unlucky(publication: Publication) -> None:
        waiting = asyncio.get_running_loop().create_future()
        waiting.cancel()
        await waiting

    subscribers.add(Pattern("a.b"), unlucky)
    subscribers.add(Pattern("a.b"), listener)
    subscribers.offer(publication(offset=1))
    subscribers.offer(publication(offset=2))
    await subscribers.drain()

    assert listener.offsets == [1, 2]
    assert subscribers.instrumentation.failures == {"subscriber": 2}


async def test_cancelled_task_ends_and_the_next_offer_starts_another() -> None:
    subscribers, listener = room(), Listener()
    started = asyncio.Event()

    async def endless(publication: Publication) -> None:
        started.set()
        await asyncio.get_running_loop().create_future()

    before = asyncio.all_tasks()
    subscribers.add(Pattern("a.b"), endless)
    subscribers.add(Pattern("c.d"), listener)
    subscribers.offer(publication())
    await started.wait()
    [task] = asyncio.all_tasks() - before

    task.cancel()
    await asyncio.wait([task])
    subscribers.offer(publication("c.d"))
    await subscribers.drain()

    assert task.cancelled()
    assert listener.offsets == [1]
    assert not subscribers.instrumentation.failures


async def test_what_waits_is_bounded_and_the_rest_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscribers_module, "MAX_WAITING", 3)
    subscribers, listener = room(), Listener()
    subscribers.add(Pattern("a.b"), listener)

    for offset in range(1, 6):
        subscribers.offer(publication(offset=offset))
    await subscribers.drain()

    assert listener.offsets == [1, 2, 3]
    assert subscribers.instrumentation.dropped == {"subscriber": 2}


async def test_room_is_free_again_after_what_waited_was_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscribers_module, "MAX_WAITING", 1)
    subscribers, listener = room(), Listener()
    subscribers.add(Pattern("a.b"), listener)

    for offset in (1, 2, 3):
        subscribers.offer(publication(offset=offset))
        await subscribers.drain()

    assert listener.offsets == [1, 2, 3]
    assert not subscribers.instrumentation.dropped
