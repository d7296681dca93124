"""Single flight over the cache: once for all threads and tasks, whatever happens to some."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async
from django.utils.safestring import SafeString

from realtime import fragment_cache, fragment_flights
from realtime.fragment_cache import FragmentCache
from realtime.fragment_keys import stamp_of
from realtime.instrumentation import Instrumentation
from tests.realtime.made import PATIENCE, Made, get, no_waiting, order, told

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.realtime.caches import Server

MANY = 100


@pytest.fixture
def cache() -> FragmentCache:
    return FragmentCache(alias="default", ttl=30.0, instrumentation=Instrumentation())


@pytest.fixture
def followers(cache: FragmentCache, monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released once for each who found that somebody else makes already what it wants."""
    found = threading.Semaphore(0)
    board = cache._flights.board

    def watched(key: str) -> tuple[Future[SafeString], bool]:
        flight, leads = board(key)
        if not leads:
            found.release()
        return flight, leads

    monkeypatch.setattr(cache._flights, "board", watched)
    return found


def test_hundred_threads_that_miss_at_once_render_once(cache: FragmentCache) -> None:
    made = Made()
    made.may_end.clear()
    together = threading.Barrier(MANY)

    def ask() -> str:
        together.wait(PATIENCE)
        return get(cache, made)

    with ThreadPoolExecutor(MANY) as threads:
        asked = [threads.submit(ask) for _ in range(MANY)]
        assert made.begun.wait(PATIENCE)
        made.may_end.set()
        found = {each.result(PATIENCE) for each in asked}

    assert found == {"<b>made</b>"}
    assert made.times == 1


@pytest.mark.parametrize("is_remote", [False, True])
async def test_hundred_tasks_that_miss_at_once_render_once(
    cache: FragmentCache, remote: Server, settings: Settings, *, is_remote: bool
) -> None:
    if not is_remote:
        del settings.CACHES
    made = Made()

    found = await asyncio.gather(*[cache.aget_or_render(order(made)) for _ in range(MANY)])

    assert set(found) == {"<b>made</b>"}
    assert made.times == 1
    assert all(name.startswith("goby-fragments") for name in remote.threads)


async def test_threads_and_tasks_that_miss_at_once_render_once(cache: FragmentCache) -> None:
    made = Made()
    made.may_end.clear()
    with ThreadPoolExecutor(MANY // 2) as threads:
        loop = asyncio.get_running_loop()
        asked: list[asyncio.Future[SafeString]] = []
        for _ in range(MANY // 2):
            asked.append(loop.run_in_executor(threads, get, cache, made))
            asked.append(asyncio.ensure_future(cache.aget_or_render(order(made))))
        await told(made.begun)
        made.may_end.set()
        found = await asyncio.wait_for(asyncio.gather(*asked), PATIENCE)

    assert set(found) == {"<b>made</b>"}
    assert made.times == 1


async def test_thread_that_waits_does_not_block_the_loop(
    cache: FragmentCache, followers: threading.Semaphore
) -> None:
    began = asyncio.Event()
    may_end = asyncio.Event()

    async def render() -> str:
        began.set()
        await may_end.wait()
        return "made"

    leading = asyncio.create_task(cache.aget_or_render(order(render)))
    await began.wait()
    waiting = asyncio.create_task(asyncio.to_thread(get, cache, Made("other")))
    assert await asyncio.to_thread(followers.acquire, timeout=PATIENCE)
    may_end.set()

    assert [await leading, await waiting] == ["made", "made"]


def test_exception_reaches_all_and_is_not_kept(
    cache: FragmentCache, followers: threading.Semaphore
) -> None:
    may_fail = threading.Event()
    begun = threading.Event()
    raised: list[ZeroDivisionError] = []

    def fail() -> str:
        begun.set()
        assert may_fail.wait(PATIENCE)
        raised.append(ZeroDivisionError())
        raise raised[-1]

    with ThreadPoolExecutor(10) as threads:
        first = threads.submit(get, cache, fail)
        assert begun.wait(PATIENCE)
        others = [threads.submit(get, cache, fail) for _ in range(9)]
        for _ in others:
            assert followers.acquire(timeout=PATIENCE)
        may_fail.set()
        errors = [each.exception(PATIENCE) for each in [first, *others]]

    assert errors == raised * 10
    assert len(raised) == 1
    assert get(cache, Made()) == "<b>made</b>"


@pytest.mark.parametrize("error", [ZeroDivisionError(), TimeoutError(), StopIteration()])
async def test_exception_reaches_every_task(cache: FragmentCache, error: Exception) -> None:
    def fail() -> str:
        raise error

    asked = [cache.aget_or_render(order(fail)) for _ in range(5)]
    told = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), PATIENCE)

    expected = RuntimeError if isinstance(error, StopIteration) else type(error)
    assert {type(each) for each in told} == {expected}
    assert await cache.aget_or_render(order(Made())) == "<b>made</b>"


async def test_exception_of_a_coroutine_reaches_every_task(cache: FragmentCache) -> None:
    async def fail() -> str:
        raise ZeroDivisionError

    asked = [cache.aget_or_render(order(fail)) for _ in range(5)]
    told = await asyncio.gather(*asked, return_exceptions=True)

    assert {type(each) for each in told} == {ZeroDivisionError}


@pytest.mark.parametrize("who", [0, 1])
async def test_cancelled_task_does_not_cancel_the_others(cache: FragmentCache, who: int) -> None:
    made = Made()
    made.may_end.clear()
    tasks = [asyncio.create_task(cache.aget_or_render(order(made))) for _ in range(3)]
    await told(made.begun)

    tasks[who].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[who]
    made.may_end.set()
    rest = [task for task in tasks if task is not tasks[who]]

    assert await asyncio.gather(*rest) == ["<b>made</b>"] * 2
    assert made.times == 1
    assert cache._tasks == set()


async def test_flight_whose_leader_is_cancelled_is_made_by_who_waits(cache: FragmentCache) -> None:
    made = Made()
    made.may_end.clear()
    waiting = [asyncio.create_task(cache.aget_or_render(order(made))) for _ in range(2)]
    await told(made.begun)
    [leader] = cache._tasks

    leader.cancel()
    made.may_end.set()

    assert await asyncio.gather(*waiting) == ["<b>made</b>"] * 2
    assert len(cache._flights) == 0


async def test_sync_caller_on_a_loop_does_not_wait_for_a_thread(cache: FragmentCache) -> None:
    held = Made("theirs")
    held.may_end.clear()
    thread = asyncio.create_task(asyncio.to_thread(get, cache, held))
    await told(held.begun)

    with no_waiting():
        assert get(cache, Made("mine")) == "mine"
    held.may_end.set()

    assert await thread == "theirs"


def test_fragment_within_itself_does_not_wait_for_itself(cache: FragmentCache) -> None:
    depth = count()

    def render() -> str:
        return get(cache, render) + "." if next(depth) < 2 else SafeString("end")

    assert get(cache, render) == "end.."


async def test_fragment_of_a_coroutine_within_itself_does_not_wait(cache: FragmentCache) -> None:
    depth = count()

    async def render() -> str:
        return await cache.aget_or_render(order(render)) + "." if next(depth) < 1 else "end"

    with no_waiting():
        assert await asyncio.wait_for(cache.aget_or_render(order(render)), PATIENCE) == "end."


async def test_who_leads_has_all_the_patience_that_it_takes(
    cache: FragmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragment_flights.alanding, "__defaults__", (0.001,))
    held = Made()
    held.may_end.clear()
    leader = asyncio.create_task(cache.aget_or_render(order(held)))
    await told(held.begun)

    assert await cache.aget_or_render(order(Made("impatient"))) == "impatient"
    held.may_end.set()

    assert await leader == "<b>made</b>"
    assert held.times == 1


def test_two_leaders_never_wait_for_each_other(cache: FragmentCache) -> None:
    together = threading.Barrier(2)

    def render(inner: str) -> str:
        together.wait(PATIENCE)
        return get(cache, Made(inner), inner)

    with ThreadPoolExecutor(2) as threads:
        ab = threads.submit(get, cache, lambda: render("b"), "a")
        ba = threads.submit(get, cache, lambda: render("a"), "b")

        # Sooner than by running out of patience, and whatever the faster one left for the other.
        patience = fragment_flights.PATIENCE / 2
        assert {ab.result(patience), ba.result(patience)} <= {"a", "b"}


async def test_thread_that_a_leader_needs_is_not_kept_waiting(
    cache: FragmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asyncio.Event()
    waits = threading.Event()

    def landing(flight: Future[SafeString]) -> SafeString | None:
        waits.set()
        return fragment_flights.landing(flight, patience=0.05)

    monkeypatch.setattr(fragment_cache, "landing", landing)

    async def render() -> str:
        began.set()
        await told(waits)
        return await sync_to_async(lambda: "led")()  # needs the thread that waits for it

    leading = asyncio.create_task(cache.aget_or_render(order(render)))
    await began.wait()
    following = await sync_to_async(get)(cache, Made("followed"))

    assert following == "followed"
    assert await leading == "led"


def test_failure_on_a_page_is_not_that_of_those_who_wait_for_the_rest(
    cache: FragmentCache,
) -> None:
    held = Made("held")
    held.may_end.clear()

    def fail() -> str:
        held()
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as threads:
        page = threads.submit(cache.get_or_render, [order(fail, "bad"), order(Made("a"), "good")])
        assert held.begun.wait(PATIENCE)
        other = threads.submit(get, cache, Made("b"), "good")
        held.may_end.set()

        assert isinstance(page.exception(PATIENCE), ZeroDivisionError)
        assert other.result(PATIENCE) in {"a", "b"}


def test_who_boards_after_a_landing_looks_again(cache: FragmentCache, remote: Server) -> None:
    late = Made("late")

    def meanwhile(operation: str) -> None:
        if remote.asked == ["get", "add", "get"]:  # looked, found nothing, has not boarded yet
            remote.before = lambda operation: None
            get(cache, Made("early"))

    remote.before = meanwhile

    assert get(cache, late) == "early"
    assert late.times == 0


async def test_coroutine_that_boards_after_a_landing_looks_again(
    cache: FragmentCache, remote: Server
) -> None:
    late = Made("late")

    def meanwhile(operation: str) -> None:
        if remote.asked == ["get", "add", "get"]:
            remote.before = lambda operation: None
            get(cache, Made("early"))

    remote.before = meanwhile

    assert await cache.aget_or_render(order(late)) == "early"
    assert late.times == 0


def test_who_comes_after_a_forget_does_not_board_with_those_from_before(
    cache: FragmentCache,
) -> None:
    old, new = Made("old"), Made("new")
    old.may_end.clear()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(get, cache, old)
        assert old.begun.wait(PATIENCE)

        cache.shelf.forget(stamp_of("a"))

        with no_waiting():
            assert get(cache, new) == "new"
        old.may_end.set()
        assert slow.result(PATIENCE) == "old"
    assert get(cache, Made("newest")) != "old"
