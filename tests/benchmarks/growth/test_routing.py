"""What a publication costs: so much for each who follows its topic, nothing for all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.growth.effort import bytes_of, lines_of

if TYPE_CHECKING:
    from tests.benchmarks.growth.crowd import Crowd
    from tests.benchmarks.growth.effort import Work

TOPIC = "grow.here"
SIZES = (10, 100, 1_000, 10_000, 100_000)
# From the router to the socket, directly or as a message of ASGI: little more than it takes today.
LINES_EACH = {True: 23, False: 60}
FEW_LINES = 500  # a timer of the event loop; one look at each of a thousand has twice as many
FEW_BYTES = 16_384  # a list of a hundred thousand has fifty times as many

pytestmark = pytest.mark.timeout(180)  # lines that are counted are slow


def publishing(crowd: Crowd, followers: int) -> Work:
    """Return the way from the draft to the last of the sends."""
    pubsub = crowd.engine.pubsub

    async def publish() -> None:
        await pubsub.apublish(pubsub.draft(TOPIC, {"text": "hi"}))
        await crowd.sink.more(followers)

    return publish


@pytest.mark.parametrize("direct", [True, False])
async def test_publication_costs_the_same_for_each_further_follower(
    crowd: Crowd, *, direct: bool
) -> None:
    crowd.direct = direct
    lines, there, each = [], 0, 0
    for size in SIZES:
        crowd.follow(TOPIC, size - there)
        there = size
        lines.append(await lines_of(publishing(crowd, size)))
        if size == SIZES[1]:
            each = round((lines[1] - lines[0]) / (SIZES[1] - SIZES[0]))
        expected = lines[0] + each * (size - SIZES[0])
        assert lines[-1] == pytest.approx(expected, rel=0.01, abs=FEW_LINES)

    assert each < LINES_EACH[direct]


async def test_publication_costs_the_same_however_many_follow_other_topics(crowd: Crowd) -> None:
    crowd.follow(TOPIC, 10)
    publish = publishing(crowd, 10)
    lines, held, there = [], [], 0
    for size in SIZES:
        crowd.connect(there, size)
        there = size
        lines.append(await lines_of(publish))
        assert lines[-1] - lines[0] < FEW_LINES
        held.append(await bytes_of(publish))
        assert held[-1] - held[0] < FEW_BYTES
