"""A crowd that arrives, and a crowd that loads anew: what it costs, in messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from presence.rooms import SITE
from realtime import registry
from tests.presence.conftest import HALL, IN_HALL, id_of
from tests.realtime.clock import ClockLoop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_django import Settings

    from tests.presence.conftest import House
    from tests.wire import DataWire

PEOPLE = 1_000
PROGRAMS = 20  # of them, look closely at all that they are told
UNBATCHED = PEOPLE  # one publication for each who comes
ALLOWED = UNBATCHED // 100


class Listener:
    """A program that asked for the list once, and applies the diffs to it."""

    def __init__(self, wire: DataWire) -> None:
        self.wire = wire
        self.people: set[str] = set()
        self.diffs = 0

    async def begin(self) -> None:
        """Ask for the list."""
        self.wire.send_text(self.wire.command("rpc", method="presence.list", data={"room": HALL}))
        while "rpc" not in (received := await self.wire.next()):
            self.hear(received)
        self.people = {person["id"] for person in received["rpc"]["data"]["people"]}

    async def catch_up(self) -> None:
        """Hear all that has come."""
        while not self.wire.outgoing.empty() or self.wire.objects:
            self.hear(await self.wire.next())

    def hear(self, received: Any) -> None:
        """Apply one diff."""
        push = received["push"]
        if push["channel"] != IN_HALL:
            return
        data = push["pub"]["data"]
        assert not data["reset"]
        self.people |= {person["id"] for person in data["joins"]}
        self.people -= {person["id"] for person in data["leaves"]}
        assert len(self.people) == data["count"]
        self.diffs += 1


def names(numbers: Iterable[int]) -> list[str]:
    return [f"person-{number}" for number in numbers]


@pytest.mark.timeout(120)
async def test_thousand_who_arrive_within_a_second_cost_a_hundredth_of_the_messages(
    house: House,
) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ClockLoop)
    listeners = []
    for number, name in enumerate(names(range(PEOPLE))):
        wire = await house.program(name, HALL, IN_HALL, SITE)
        if number % (PEOPLE // PROGRAMS) == 0:
            listeners.append(Listener(wire))
            await listeners[-1].begin()
        loop.advance(1 / PEOPLE)
        await asyncio.sleep(0)
    await asyncio.sleep(1)

    told = {topic: len(published) for topic, published in house.published.items()}
    assert set(told) == {IN_HALL, SITE}
    assert all(count <= ALLOWED for count in told.values()), told
    everybody = {id_of(name) for name in names(range(PEOPLE))}
    for listener in listeners:
        await listener.catch_up()
        assert listener.people == everybody
        assert 1 <= listener.diffs <= told[IN_HALL]
    # Each of them is told at most so often, and not once for each of the others.
    assert PEOPLE <= house.engine.instrumentation.delivered <= 2 * ALLOWED * PEOPLE


async def test_each_arrival_makes_a_message_without_batching(
    settings: Settings, house: House
) -> None:
    settings.GOBY = {**settings.GOBY, "WITHOUT": ["presence_batching"]}
    await registry.detach()
    registry.reset()
    await registry.attach()
    for name in names(range(10)):
        await house.program(name, HALL)
        await asyncio.sleep(0.01)

    assert len(house.published[IN_HALL]) == 10


@pytest.mark.timeout(120)
async def test_thousand_reloads_within_the_grace_make_no_message(house: House) -> None:
    pages = [await house.page(name, HALL, IN_HALL, SITE) for name in names(range(PEOPLE))]
    await asyncio.sleep(1)
    counters = house.engine.instrumentation
    published, encoded = counters.published, dict(counters.encoded)
    assert published

    for page in pages:
        await page.disconnect()
    await asyncio.sleep(4)
    for name in names(range(PEOPLE)):
        await house.page(name, HALL, IN_HALL, SITE)
    await asyncio.sleep(20)

    assert (counters.published, dict(counters.encoded)) == (published, encoded)
    assert len(house.engine.presence) == PEOPLE
