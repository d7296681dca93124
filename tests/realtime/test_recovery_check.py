"""The periodic comparison of positions: a quiet loss is noticed, and nothing is taken for one."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

from realtime.catalog import Options
from realtime.history import History
from realtime.message import Position
from realtime.recovery import GRACE, TOPICS_PER_TURN
from realtime.router import Pattern
from tests.realtime.recovering import STREAM, TOPIC, Returning
from tests.realtime.rooms import Reader

if TYPE_CHECKING:
    from tests.realtime.clock import ClockLoop

INTERVAL = 40.0
SHORT = History(size=1, ttl=60, meta_ttl=60)


async def test_loss_is_told_after_the_grace(clock: ClockLoop, returning: Returning) -> None:
    await returning.publish(1)
    follower, start = returning.watch(), clock.now
    returning.lose()

    await returning.recovery.check_positions()

    assert follower.missed == [TOPIC]
    assert clock.now == start + GRACE
    assert returning.hub.top(TOPIC) is None


async def test_nothing_missing_costs_no_time(clock: ClockLoop, returning: Returning) -> None:
    await returning.publish(1)
    follower, start = returning.watch(), clock.now

    await returning.recovery.check_positions()

    assert follower.missed == []
    assert clock.now == start


async def test_publication_that_arrives_within_the_grace_is_not_lost(
    clock: ClockLoop, returning: Returning
) -> None:
    follower = returning.watch()
    late = returning.lose()
    clock.call_later(GRACE / 2, returning.hub.dispatch, late)

    await returning.recovery.check_positions()

    assert follower.missed == []
    assert len(follower.frames) == 1


async def test_busy_topic_is_never_taken_for_a_loss(clock: ClockLoop, returning: Returning) -> None:
    """At each moment something is on its way, but all that was on its way arrives."""
    follower = returning.watch()
    on_their_way = [returning.lose()]

    def move_on() -> None:
        returning.hub.dispatch(on_their_way.pop(0))
        on_their_way.append(returning.lose())

    for tenth in range(1, 10):
        clock.call_later(GRACE * tenth / 10, move_on)

    await returning.recovery.check_positions()

    assert follower.missed == []


async def test_history_that_was_lost_is_told(clock: ClockLoop, returning: Returning) -> None:
    await returning.publish(1)
    follower = returning.watch()
    returning.store.end(TOPIC)

    await returning.recovery.check_positions()

    assert follower.missed == [TOPIC]


async def test_topic_that_keeps_no_history_is_left_alone(returning: Returning) -> None:
    returning.catalog.add(Pattern("plain"), Options())
    follower = Reader()
    for topic in ("plain", "undeclared"):
        returning.hub.subscribe(topic, "json", follower)
        returning.hub.learn(topic, Position(3, "e"))

    await returning.recovery.check_positions()

    assert follower.missed == []
    assert returning.broker.reads == 0


async def test_positions_are_compared_at_each_interval(
    clock: ClockLoop, returning: Returning
) -> None:
    start = clock.now
    returning.recovery.start(INTERVAL)
    follower = returning.watch()
    returning.lose()

    await asyncio.sleep(INTERVAL)
    assert follower.missed == []
    await asyncio.sleep(GRACE + 1)

    assert follower.missed == [TOPIC]
    assert clock.now == start + INTERVAL + GRACE + 1
    returning.hub.learn(TOPIC, returning.store.position(TOPIC, STREAM))
    returning.lose()
    await asyncio.sleep(INTERVAL + GRACE)
    assert follower.missed == [TOPIC, TOPIC]


async def test_failing_broker_is_counted_and_asked_again(
    clock: ClockLoop, returning: Returning
) -> None:
    returning.recovery.start(INTERVAL)
    follower = returning.watch()
    returning.lose()
    returning.broker.failing = True

    await asyncio.sleep(INTERVAL + 1)
    assert returning.counters.failures == {"position check": 1}
    returning.broker.failing = False
    await asyncio.sleep(INTERVAL + GRACE)

    assert follower.missed == [TOPIC]


async def test_stopped_recovery_compares_no_more(clock: ClockLoop, returning: Returning) -> None:
    returning.recovery.start(INTERVAL)
    follower = returning.watch()
    returning.lose()

    await returning.recovery.stop()
    await returning.recovery.stop()
    await asyncio.sleep(2 * INTERVAL)

    assert follower.missed == []


async def test_comparing_many_topics_gives_others_their_turns(
    clock: ClockLoop, returning: Returning
) -> None:
    count = 5 * TOPICS_PER_TURN
    follower = Reader()
    for number in range(count):
        topic = f"returning.{number}"
        returning.hub.subscribe(topic, "json", follower)
        returning.hub.learn(topic, Position(0, "another life"))
    compared = [0]

    async def watch() -> None:
        while len(follower.missed) < count:
            compared.append(returning.broker.reads + len(follower.missed))
            clock.advance(GRACE / 10)  # it stands still while anything runs
            await asyncio.sleep(0)
        compared.append(returning.broker.reads + len(follower.missed))

    watching = asyncio.create_task(watch())
    await returning.recovery.check_positions()
    await watching

    assert sorted(follower.missed) == sorted(f"returning.{number}" for number in range(count))
    steps = [after - before for before, after in pairwise(compared)]
    assert max(steps) <= TOPICS_PER_TURN
    assert returning.broker.reads == count


async def test_topic_that_is_followed_keeps_its_position_however_long_nothing_comes(
    clock: ClockLoop, returning: Returning
) -> None:
    returning.catalog.add(Pattern("short"), Options(history=SHORT))
    follower = Reader()
    position = returning.store.append(returning.draft(topic="short"), SHORT)
    returning.store.clock = clock.time
    returning.hub.subscribe("short", "json", follower)
    returning.hub.learn("short", returning.store.position("short", SHORT))

    for _ in range(10):
        clock.advance(SHORT.meta_ttl - 1)
        await returning.recovery.check_positions()

    assert follower.missed == []
    assert returning.store.position("short", SHORT) == Position(1, position.epoch)
