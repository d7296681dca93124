"""One timer for the first of many ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from presence.alarm import Alarm

if TYPE_CHECKING:
    from tests.presence.conftest import House


async def test_alarm_rings_at_each_end_and_rests_without_one(house: House) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    ends, rung = [start + 1, start + 3], []

    def ring() -> None:
        rung.append(loop.time() - start)
        ends.pop(0)

    alarm = Alarm(loop, lambda: ends[0] if ends else None, ring)
    alarm.set()
    alarm.set()  # waits already
    await asyncio.sleep(10)
    alarm.set()  # nothing to wait for
    await asyncio.sleep(10)

    assert rung == [1, 3]


async def test_end_that_moved_away_is_waited_for_again(house: House) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    ends, rung = [start + 1], []

    def ring() -> None:
        rung.append(loop.time() - start)
        ends[:] = [start + 2] if len(rung) == 1 else []

    Alarm(loop, lambda: ends[0] if ends else None, ring).set()
    await asyncio.sleep(10)

    assert rung == [1, 2]
