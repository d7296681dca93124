"""Those who wait are loaded together, in order, and none of them holds up another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError

from realtime import door as door_room
from realtime.door import LARGEST_VISIT, Door
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Shelf:
    """What is loaded from: doubles numbers, and has no odd ones over a hundred."""

    def __init__(self) -> None:
        self.is_failing = False

    def load(self, key: int) -> int:
        if self.is_failing:
            raise OperationalError
        if key > 100 and key % 2:
            raise LookupError(key)
        return 2 * key


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many keys were loaded in each visit to the thread."""
    sizes: list[int] = []

    def count(load: Callable[[Sequence[int]], Any]) -> Callable[[Sequence[int]], Any]:
        async def visit(keys: Sequence[int]) -> Any:
            sizes.append(len(keys))
            return load(keys)

        return visit

    monkeypatch.setattr(door_room, "database_sync_to_async", count)
    return sizes


@pytest.fixture(autouse=True)
def _worker_thread() -> None:
    close_connections_of_the_worker_thread()


async def test_crowd_is_loaded_in_few_visits_and_each_gets_its_own(visits: list[int]) -> None:
    door = Door(Shelf().load)

    found = await asyncio.gather(*[door.load(number) for number in range(LARGEST_VISIT + 7)])

    assert found == [2 * number for number in range(LARGEST_VISIT + 7)]
    assert visits == [LARGEST_VISIT, 7]


async def test_one_who_goes_away_keeps_nobody_from_getting_in() -> None:
    door = Door(Shelf().load)
    impatient, patient = (asyncio.ensure_future(door.load(number)) for number in (1, 2))
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient == 4
    assert impatient.cancelled()


async def test_visit_that_fails_fails_those_who_wait_and_not_those_who_come_later() -> None:
    shelf = Shelf()
    door = Door(shelf.load)

    shelf.is_failing = True
    outcomes = await asyncio.gather(door.load(1), door.load(2), return_exceptions=True)
    shelf.is_failing = False

    assert [type(outcome) for outcome in outcomes] == [OperationalError, OperationalError]
    assert await door.load(3) == 6


async def test_key_that_cannot_be_loaded_fails_alone() -> None:
    door = Door(Shelf().load)

    outcomes = await asyncio.gather(
        door.load(1), door.load(101), door.load(2), return_exceptions=True
    )

    assert [outcomes[0], outcomes[2]] == [2, 4]
    assert isinstance(outcomes[1], LookupError)


def test_door_opens_on_a_new_loop_after_the_old_one_ended() -> None:
    door = Door(Shelf().load)

    assert [asyncio.run(door.load(number)) for number in (1, 2)] == [2, 4]
