"""When credentials end: in time, once, and never for what was renewed or let go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.expiry import Deadline, expire_in, never_expire
from realtime.heartbeat import TICK, Heartbeat

if TYPE_CHECKING:
    from tests.realtime.clock import ClockLoop


@dataclass
class Credentials:
    """What expires, and when it did, by the loop's clock."""

    clock: ClockLoop
    deadline: Deadline | None = None
    ended: list[float] = field(default_factory=list)

    def end(self) -> None:
        self.ended.append(self.clock.now)


async def test_each_ends_at_its_own_time(clock: ClockLoop) -> None:
    heartbeat, start = Heartbeat(), clock.now
    connection, subscription, lasting = (Credentials(clock) for _ in range(3))

    expire_in(heartbeat, connection, 60, connection.end)
    expire_in(heartbeat, subscription, 10, subscription.end)
    await asyncio.sleep(100)

    [connection_ended], [subscription_ended] = connection.ended, subscription.ended
    assert 10 <= subscription_ended - start <= 10 + 2 * TICK
    assert 60 <= connection_ended - start <= 60 + 2 * TICK
    assert lasting.ended == []
    assert len(heartbeat) == 0


async def test_renewed_one_ends_at_the_later_time_only(clock: ClockLoop) -> None:
    heartbeat, start, one = Heartbeat(), clock.now, Credentials(clock)

    expire_in(heartbeat, one, 10, one.end)
    await asyncio.sleep(9)
    expire_in(heartbeat, one, 10, one.end)
    assert len(heartbeat) == 1
    await asyncio.sleep(60)

    [ended] = one.ended
    assert 19 <= ended - start <= 19 + 2 * TICK


async def test_what_was_let_go_never_ends_and_leaves_nothing_in_the_wheel(
    clock: ClockLoop,
) -> None:
    heartbeat, one, other = Heartbeat(), Credentials(clock), Credentials(clock)
    for each in (one, other):
        expire_in(heartbeat, each, 10, each.end)

    never_expire(heartbeat, one)
    never_expire(heartbeat, one)
    assert (one.deadline, len(heartbeat)) == (None, 1)
    never_expire(heartbeat, other)

    assert len(heartbeat) == 0
    await asyncio.sleep(60)
    assert one.ended == other.ended == []


async def test_what_has_ended_may_be_let_go(clock: ClockLoop) -> None:
    heartbeat, one = Heartbeat(), Credentials(clock)
    expire_in(heartbeat, one, 10, one.end)
    await asyncio.sleep(60)

    never_expire(heartbeat, one)

    assert (one.deadline, len(one.ended), len(heartbeat)) == (None, 1, 0)
