"""What it costs to connect, follow, leave and go, among few and among very many."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from goby_project.asgi import application
from tests.benchmarks.growth.effort import bytes_of, lines_of
from tests.wire import DataWire, opened

if TYPE_CHECKING:
    from tests.benchmarks.growth.crowd import Crowd

SIZES = (10, 1_000, 100_000)
CROWDED = "grow.crowd"
FEW_LINES = 500  # a timer of the event loop; one look at each of a thousand has twice as many
FEW_BYTES = 65_536  # a list of a hundred thousand has twelve times as many

pytestmark = pytest.mark.timeout(180)  # lines that are counted are slow


async def come_and_go() -> None:
    wire = DataWire(application)
    async with opened(wire):
        await wire.connect()


async def follow_and_leave() -> None:
    wire = DataWire(application)
    async with opened(wire):
        await wire.connect()
        await wire.call("subscribe", channel=CROWDED)
        await wire.call("unsubscribe", channel=CROWDED)


async def follow_and_go() -> None:
    wire = DataWire(application)
    async with opened(wire):
        await wire.connect()
        await wire.call("subscribe", channel=CROWDED)


async def test_coming_and_going_costs_the_same_however_many_are_there(crowd: Crowd) -> None:
    lines, held, there = defaultdict(list), defaultdict(list), 0
    for size in SIZES:
        crowd.connect(there, size)
        there = size
        for work in (come_and_go, follow_and_leave, follow_and_go):
            lines[work].append(await lines_of(work))
            assert lines[work][-1] - lines[work][0] < FEW_LINES
            held[work].append(await bytes_of(work))
            assert held[work][-1] - held[work][0] < FEW_BYTES
