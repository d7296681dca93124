"""Many who come back at once to a broker that takes a while: one question, no hole for anybody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from realtime.message import Position
from tests.realtime.recovering import (
    STREAM,
    TOPIC,
    CountingBroker,
    Returning,
    publications_of,
)
from tests.realtime.rooms import Reader

if TYPE_CHECKING:
    from realtime.answers import Recovered
    from realtime.history import History, Page, Query


class SlowBroker(CountingBroker):
    """A broker behind a network: it reads at once, and what it read arrives when it may."""

    def __init__(self, broker: CountingBroker) -> None:
        super().__init__(broker._store)
        self.arrives = asyncio.Event()

    async def read(self, topic: str, history: History, query: Query) -> Page:
        page = await super().read(topic, history, query)
        await self.arrives.wait()
        return page


@pytest.fixture
def slow(returning: Returning) -> SlowBroker:
    """The slow broker of a site whose clients come back."""
    slow = SlowBroker(returning.broker)
    returning.broker = returning.recovery.broker = slow
    return slow


def come_back(site: Returning, since: int, *, codec: str = "json") -> asyncio.Task[Recovered]:
    """Let a client come back, its gate first, as the socket does."""
    site.hub.subscribe(TOPIC, codec, Reader())
    return asyncio.create_task(site.recover(since))


async def turn() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


def offsets(answer: Recovered) -> list[int]:
    """Return which publications an answer has."""
    return [each["offset"] for each in publications_of(answer)]


async def test_all_who_come_back_meanwhile_are_answered_by_one_question(
    returning: Returning, slow: SlowBroker
) -> None:
    await returning.publish(1, 2, 3)
    first = [come_back(returning, 1) for _ in range(100)]
    await turn()
    later = [come_back(returning, 1) for _ in range(100)]
    await turn()

    slow.arrives.set()
    answers = await asyncio.gather(*first, *later)

    assert len({id(answer) for answer in answers}) == 1
    assert offsets(answers[0]) == [2, 3]
    assert slow.reads == 1
    assert returning.codec.encoded == [2, 3]


async def test_other_positions_are_other_questions(returning: Returning, slow: SlowBroker) -> None:
    await returning.publish(1, 2, 3)
    tasks = [come_back(returning, since) for since in (1, 2) * 10]
    await turn()

    slow.arrives.set()
    answers = await asyncio.gather(*tasks)

    assert [offsets(answer) for answer in answers[:2]] == [[2, 3], [3]]
    assert slow.reads == 2


async def test_who_comes_after_a_publication_gets_it_although_others_were_asking_already(
    returning: Returning, slow: SlowBroker
) -> None:
    await returning.publish(1, 2)
    before = come_back(returning, 1)
    await turn()
    await returning.publish(3)

    after = come_back(returning, 1)
    await turn()
    slow.arrives.set()

    assert offsets(await before) == [2]  # the third waits behind its gate
    assert offsets(await after) == [2, 3]


async def test_error_reaches_all_and_the_next_one_asks_again(
    returning: Returning, slow: SlowBroker
) -> None:
    await returning.publish(1, 2)
    slow.arrives.set()
    slow.failing = True
    tasks = [come_back(returning, 1) for _ in range(3)]
    errors = await asyncio.gather(*tasks, return_exceptions=True)

    slow.failing = False

    assert [type(error) for error in errors] == [ConnectionError] * 3
    assert offsets(await come_back(returning, 1)) == [2]


async def test_client_that_goes_away_meanwhile_leaves_the_others_their_answer(
    returning: Returning, slow: SlowBroker
) -> None:
    await returning.publish(1, 2)
    tasks = [come_back(returning, 1) for _ in range(4)]
    await turn()

    tasks[0].cancel()
    tasks[2].cancel()
    await turn()
    slow.arrives.set()

    assert [offsets(await task) for task in (tasks[1], tasks[3])] == [[2], [2]]
    assert returning.hub.router.followers(TOPIC) == 4  # nothing but their gates


async def test_history_that_is_removed_meanwhile_is_kept_for_nobody(
    returning: Returning, slow: SlowBroker
) -> None:
    await returning.publish(1, 2)
    returning.watch()
    before = come_back(returning, 1)
    await turn()

    await returning.recovery.remove(TOPIC)
    slow.arrives.set()

    assert offsets(await before) == [2]
    assert not (await come_back(returning, 1)).recovered
    assert len(returning.recovery.answers) == 1


# What is put as pushes


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [(1, 3, [2, 3]), (1, 2, [2]), (2, 2, []), (3, 2, None), (0, 3, [1, 2, 3])],
)
async def test_missed_ends_where_the_client_enters(
    returning: Returning, since: int, until: int, found: list[int] | None
) -> None:
    await returning.publish(1, 2, 3)
    place = Position(until, returning.epoch)

    missed = await returning.recovery.missed(TOPIC, STREAM, Position(since, ""), place)

    assert (None if missed is None else [each.offset for each in missed]) == found


async def test_missed_of_another_life_is_unknown(returning: Returning) -> None:
    await returning.publish(1, 2)
    read = returning.recovery.missed

    assert await read(TOPIC, STREAM, Position(1, "other"), Position(2, returning.epoch)) is None
    assert await read(TOPIC, STREAM, Position(1, ""), Position(2, "other")) is None
