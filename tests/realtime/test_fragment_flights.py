"""Single flight, by its parts: who leads, who waits, and who gets nothing."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from realtime.fragment_flights import Flights, alanding, landing, may_wait


async def landed(flight: Future[str]) -> str | None:
    return await alanding(flight)


def test_first_who_comes_leads_and_the_others_board() -> None:
    flights: Flights[str] = Flights()

    first, leads = flights.board("a")
    second, also_leads = flights.board("a")
    other, leads_other = flights.board("b")

    assert (leads, also_leads, leads_other) == (True, False, True)
    assert first is second is not other
    assert len(flights) == 2


def test_landing_ends_the_flight_and_is_counted() -> None:
    flights: Flights[str] = Flights()
    flight, _ = flights.board("a")

    with flights.leading({"a": flight}):
        flight.set_result("made")

    assert landing(flight) == "made"
    assert (len(flights), flights.landed) == (0, 1)
    assert flights.board("a")[1]


def test_leader_that_makes_nothing_leaves_nothing_behind() -> None:
    flights: Flights[str] = Flights()
    flight, _ = flights.board("a")

    with pytest.raises(KeyboardInterrupt), flights.leading({"a": flight}):
        raise KeyboardInterrupt

    assert landing(flight) is None
    assert len(flights) == 0


async def test_coroutine_that_waits_for_a_leader_that_gave_up_gets_nothing() -> None:
    flight: Future[str] = Future()
    waiting = asyncio.create_task(landed(flight))
    await asyncio.sleep(0)

    flight.cancel()

    assert await waiting is None


def test_nobody_waits_for_ever() -> None:
    flight: Future[str] = Future()

    assert landing(flight, patience=0.01) is None


async def test_no_coroutine_waits_for_ever() -> None:
    flight: Future[str] = Future()

    assert await alanding(flight, patience=0.01) is None


def test_thread_that_waits_gets_what_the_leader_makes() -> None:
    flight: Future[str] = Future()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(landing, flight)
        flight.set_result("made")

        assert waiting.result(10) == "made"


async def test_cancelled_waiter_does_not_disturb_the_flight() -> None:
    flight: Future[str] = Future()
    one = asyncio.create_task(landed(flight))
    other = asyncio.create_task(landed(flight))
    await asyncio.sleep(0)

    one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await one
    assert not flight.cancelled()
    flight.set_result("made")

    assert await other == "made"


async def test_exception_for_which_nobody_waits_any_more_is_not_told_to_the_loop() -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    flight: Future[str] = Future()
    waiting = asyncio.create_task(landed(flight))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])

    flight.set_exception(ValueError("nobody's"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert told == []


def test_who_leads_may_not_wait_for_others() -> None:
    flights: Flights[str] = Flights()
    flight, _ = flights.board("a")

    assert may_wait()
    with flights.leading({"a": flight}):
        assert not may_wait()
    assert may_wait()
