"""When credentials end: in time, once, and never for what was renewed or let go."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from realtime.expiry import Expiries
from realtime.heartbeat import TICK, Heartbeat

if TYPE_CHECKING:
    from tests.realtime.clock import ClockLoop


async def test_each_name_ends_at_its_own_time(clock: ClockLoop) -> None:
    heartbeat, ended, start = Heartbeat(), dict[str, float](), clock.now
    expiries = Expiries(heartbeat)

    def note(name: str) -> None:
        ended[name] = clock.now - start

    expiries.set("", 60, partial(note, ""))
    expiries.set("a", 10, partial(note, "a"))
    assert "a" in expiries
    assert "b" not in expiries
    await asyncio.sleep(100)

    assert list(ended) == ["a", ""]
    assert 10 <= ended["a"] <= 10 + 2 * TICK
    assert 60 <= ended[""] <= 60 + 2 * TICK


async def test_renewed_name_ends_at_the_later_time_only(clock: ClockLoop) -> None:
    heartbeat, ended, start = Heartbeat(), list[float](), clock.now
    expiries = Expiries(heartbeat)

    expiries.set("a", 10, lambda: ended.append(clock.now - start))
    await asyncio.sleep(9)
    expiries.set("a", 10, lambda: ended.append(clock.now - start))
    await asyncio.sleep(60)

    [time] = ended
    assert 19 <= time <= 19 + 2 * TICK


async def test_what_was_let_go_never_ends_and_leaves_nothing_in_the_wheel(
    clock: ClockLoop,
) -> None:
    heartbeat, ended = Heartbeat(), list[str]()
    expiries = Expiries(heartbeat)
    for name in ("a", "b", "c"):
        expiries.set(name, 10, partial(ended.append, name))

    expiries.cancel("a")
    expiries.cancel("a")
    assert len(heartbeat) == 2
    expiries.clear()

    assert len(heartbeat) == 0
    await asyncio.sleep(60)
    assert ended == []
