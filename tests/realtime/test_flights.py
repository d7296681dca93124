"""A question is asked once for all who ask it meanwhile, and nobody's going away hurts the rest."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import TYPE_CHECKING

import pytest

from realtime.flights import Flight, Flights
from realtime.message import Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Oracle:
    """Answers when it is told to, and keeps the flights that asked it."""

    def __init__(self) -> None:
        self.flights: Flights[str, str] = Flights()
        self.asked: list[Flight[str]] = []
        self.answers: asyncio.Queue[str | Exception] = asyncio.Queue()

    async def ask(self, flight: Flight[str]) -> str:
        self.asked.append(flight)
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def begin(self, question: str = "how?") -> asyncio.Task[str]:
        return asyncio.create_task(self.flights.share(question, self.ask))


@pytest.fixture
async def oracle() -> AsyncIterator[Oracle]:
    """Somebody slow."""
    oracle = Oracle()
    yield oracle
    assert len(oracle.flights) == 0


async def turn() -> None:
    """Let every task go as far as it can: each step schedules the next one at once."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_all_who_ask_meanwhile_get_the_answer_of_the_first(oracle: Oracle) -> None:
    early = [oracle.begin() for _ in range(50)]
    await turn()
    late = [oracle.begin() for _ in range(50)]
    await turn()
    oracle.answers.put_nowait("so")

    assert await asyncio.gather(*early, *late) == ["so"] * 100
    assert len(oracle.asked) == 1


async def test_other_questions_are_asked_apart(oracle: Oracle) -> None:
    tasks = [oracle.begin("how?"), oracle.begin("why?")]
    for answer in ("so", "because"):
        oracle.answers.put_nowait(answer)

    assert await asyncio.gather(*tasks) == ["so", "because"]


async def test_answer_is_not_kept(oracle: Oracle) -> None:
    for answer in ("so", "otherwise"):
        oracle.answers.put_nowait(answer)
        assert await oracle.begin() == answer

    assert len(oracle.asked) == 2


async def test_error_reaches_all_who_wait_and_is_not_kept(oracle: Oracle) -> None:
    tasks = [oracle.begin() for _ in range(3)]
    await turn()
    oracle.answers.put_nowait(ConnectionError("The network is gone."))

    errors = await asyncio.gather(*tasks, return_exceptions=True)
    oracle.answers.put_nowait("so")

    assert [type(error) for error in errors] == [ConnectionError] * 3
    assert await oracle.begin() == "so"


async def test_error_for_which_nobody_waits_is_no_news_for_the_log(
    oracle: Oracle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    task = oracle.begin()
    oracle.answers.put_nowait(ConnectionError("The network is gone."))

    with pytest.raises(ConnectionError):
        await task
    oracle.asked.clear()
    del task
    gc.collect()

    assert "never retrieved" not in caplog.text


async def test_one_who_goes_away_takes_nobody_along(oracle: Oracle) -> None:
    tasks = [oracle.begin() for _ in range(3)]
    await turn()

    tasks[1].cancel()
    await turn()
    oracle.answers.put_nowait("so")

    assert [await tasks[0], await tasks[2]] == ["so", "so"]
    assert tasks[1].cancelled()
    assert len(oracle.asked) == 1


async def test_next_one_asks_if_the_one_who_asked_goes_away(oracle: Oracle) -> None:
    tasks = [oracle.begin() for _ in range(3)]
    await turn()

    tasks[0].cancel()
    await turn()
    oracle.answers.put_nowait("so")

    assert await asyncio.gather(*tasks[1:]) == ["so", "so"]
    assert tasks[0].cancelled()
    assert len(oracle.asked) == 2


@pytest.mark.parametrize("news", ["put", "lost"])
async def test_who_asks_after_something_came_is_not_given_the_old_answer(
    oracle: Oracle, news: str
) -> None:
    before = [oracle.begin() for _ in range(2)]
    await turn()
    [flight] = oracle.asked
    if news == "put":
        flight.put(Frame("{}", 2))
    else:
        flight.lost("how?")

    after = [oracle.begin() for _ in range(2)]
    await turn()
    for answer in ("old", "new"):
        oracle.answers.put_nowait(answer)

    assert await asyncio.gather(*before) == ["old", "old"]
    assert await asyncio.gather(*after) == ["new", "new"]


async def test_who_asks_after_it_was_forgotten_asks_anew(oracle: Oracle) -> None:
    before = oracle.begin()
    other = oracle.begin("why?")
    await turn()
    first, second = oracle.asked

    oracle.flights.forget(lambda question: question == "how?")

    assert not oracle.flights.holds("how?", first)
    assert oracle.flights.holds("why?", second)
    after = oracle.begin()
    await turn()
    for answer in ("old", "because", "new"):
        oracle.answers.put_nowait(answer)
    assert [await before, await other, await after] == ["old", "because", "new"]
