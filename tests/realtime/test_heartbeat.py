"""One wheel for all timers: each in its time, none for who was cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.heartbeat import TICK, Heartbeat
from tests.realtime.clock import ClockLoop

if TYPE_CHECKING:
    from collections.abc import Callable

LATEST = 2 * TICK


class Alarm:
    """Something that waits, and notes when its time came."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.slot = 0
        self.times: list[float] = []
        self.then = then

    def expire(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.then()


@pytest.mark.parametrize("delay", [0.0, 0.1, TICK, 1.3, 25.0])
async def test_alarm_expires_once_at_its_time(clock: ClockLoop, delay: float) -> None:
    heartbeat, alarm, start = Heartbeat(), Alarm(), clock.now

    heartbeat.schedule(alarm, delay)
    assert len(heartbeat) == 1
    await asyncio.sleep(delay + 5)

    [time] = alarm.times
    assert start + delay <= time <= start + delay + LATEST
    assert (alarm.slot, len(heartbeat)) == (0, 0)


async def test_alarm_of_no_delay_on_a_tick_expires(clock: ClockLoop) -> None:
    heartbeat, alarm = Heartbeat(), Alarm()
    assert clock.now % TICK == 0

    heartbeat.schedule(alarm, 0)
    await asyncio.sleep(LATEST)

    assert len(alarm.times) == 1


async def test_cancelled_alarm_never_expires(clock: ClockLoop) -> None:
    heartbeat, alarm, other = Heartbeat(), Alarm(), Alarm()
    heartbeat.schedule(alarm, 1)
    heartbeat.schedule(other, 1)

    heartbeat.cancel(alarm)
    heartbeat.cancel(alarm)
    await asyncio.sleep(5)

    assert alarm.times == []
    assert len(other.times) == 1


async def test_cancel_of_who_does_not_wait_does_no_harm(clock: ClockLoop) -> None:
    heartbeat, alarm = Heartbeat(), Alarm()

    heartbeat.cancel(alarm)

    assert (alarm.slot, len(heartbeat)) == (0, 0)


async def test_second_schedule_replaces_the_first(clock: ClockLoop) -> None:
    heartbeat, alarm, start = Heartbeat(), Alarm(), clock.now
    heartbeat.schedule(alarm, 1)

    heartbeat.schedule(alarm, 10)
    await asyncio.sleep(20)

    [time] = alarm.times
    assert time >= start + 10


async def test_alarm_may_schedule_itself_again(clock: ClockLoop) -> None:
    heartbeat = Heartbeat()
    alarm = Alarm()
    alarm.then = lambda: heartbeat.schedule(alarm, 10)
    heartbeat.schedule(alarm, 10)

    await asyncio.sleep(35)
    heartbeat.cancel(alarm)

    assert len(alarm.times) == 3


async def test_alarm_that_another_of_its_slot_cancels_does_not_expire(clock: ClockLoop) -> None:
    heartbeat = Heartbeat()
    one, other = Alarm(), Alarm()
    one.then, other.then = lambda: heartbeat.cancel(other), lambda: heartbeat.cancel(one)
    heartbeat.schedule(one, 1)
    heartbeat.schedule(other, 1)

    await asyncio.sleep(5)

    assert len(one.times) + len(other.times) == 1


async def test_alarm_that_another_of_its_slot_moves_expires_later(clock: ClockLoop) -> None:
    heartbeat = Heartbeat()
    one, other = Alarm(), Alarm()

    def move(mover: Alarm, moved: Alarm) -> Callable[[], None]:
        return lambda: None if moved.times else heartbeat.schedule(moved, 10)

    one.then, other.then = move(one, other), move(other, one)
    heartbeat.schedule(one, 1)
    heartbeat.schedule(other, 1)

    await asyncio.sleep(30)

    [early], [late] = sorted([one.times, other.times])
    assert late - early >= 10
    assert len(heartbeat) == 0


async def test_wheel_rests_while_nobody_waits(clock: ClockLoop) -> None:
    heartbeat, alarm = Heartbeat(), Alarm()
    heartbeat.schedule(alarm, 1)
    await asyncio.sleep(5)
    assert not heartbeat._timer

    heartbeat.schedule(alarm, 1)
    await asyncio.sleep(5)

    assert len(alarm.times) == 2
    assert not heartbeat._timer


async def test_many_alarms_share_one_timer(clock: ClockLoop) -> None:
    heartbeat, alarms = Heartbeat(), [Alarm() for _ in range(100)]
    for number, alarm in enumerate(alarms):
        heartbeat.schedule(alarm, number / 10)
    timer = heartbeat._timer

    assert len(heartbeat) == 100
    assert heartbeat._timer is timer
    await asyncio.sleep(15)

    assert all(len(alarm.times) == 1 for alarm in alarms)


async def test_slots_that_a_blocked_loop_missed_are_made_up_for(clock: ClockLoop) -> None:
    heartbeat, alarms = Heartbeat(), [Alarm() for _ in range(5)]
    for number, alarm in enumerate(alarms):
        heartbeat.schedule(alarm, number)

    clock.advance(60)
    await asyncio.sleep(LATEST)

    assert all(len(alarm.times) == 1 for alarm in alarms)


@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.floats(0, 30)),
        min_size=1,
        max_size=10,
    )
)
def test_every_alarm_expires_once_in_its_time(plan: list[tuple[float, float]]) -> None:
    async def scenario(loop: ClockLoop) -> None:
        heartbeat, alarms, due = Heartbeat(), [], []
        for pause, delay in plan:
            await asyncio.sleep(pause)
            alarm = Alarm()
            heartbeat.schedule(alarm, delay)
            alarms.append(alarm)
            due.append(loop.now + delay)
        await asyncio.sleep(40)

        assert [len(alarm.times) for alarm in alarms] == [1] * len(plan)
        for alarm, wanted in zip(alarms, due, strict=True):
            assert wanted - 1e-6 <= alarm.times[0] <= wanted + LATEST + 1e-6

    loop = ClockLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(scenario(loop))
