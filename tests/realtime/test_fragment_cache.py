"""Single flight over the cache: once for all threads and tasks, whatever happens to some."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.core.management import call_command
from django.utils.html import format_html
from django.utils.safestring import SafeString

from realtime import fragment_cache, fragment_flights
from realtime.fragment_cache import FragmentCache, Order
from realtime.fragment_keys import place_of, stamp_of
from realtime.instrumentation import Instrumentation
from tests.realtime.caches import REMOTE, Server, fresh_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django import Settings

MANY = 100
PATIENCE = 10.0


class Made:
    """A render function that counts, and that can be held up."""

    def __init__(self, html: str = "<b>made</b>") -> None:
        self.html = html
        self.times = 0
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self) -> str:
        self.times += 1
        self.begun.set()
        assert self.may_end.wait(PATIENCE)
        return SafeString(self.html)


def order(render: Callable[[], Any], key: str = "a") -> Order:
    return Order(place_of(key, ""), render)


def get(cache: FragmentCache, render: Callable[[], Any], key: str = "a") -> SafeString:
    [html] = cache.get_or_render([order(render, key)])
    return html


@contextmanager
def no_waiting() -> Iterator[None]:
    """Assert that nobody waited here until the patience with a leader was over."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < fragment_flights.PATIENCE


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_true():  # noqa: ASYNC110 - threads set no events of a loop
            await asyncio.sleep(0.001)


@pytest.fixture
def counters() -> Instrumentation:
    return Instrumentation()


@pytest.fixture
def cache(counters: Instrumentation) -> FragmentCache:
    return FragmentCache(alias="default", ttl=30.0, instrumentation=counters)


@pytest.fixture
def remote(settings: Settings) -> Server:
    settings.CACHES = REMOTE
    return fresh_server()


@pytest.fixture(params=["locmem", "file", "db", "remote"])
def backend(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, transactional_db: None
) -> str:
    backends = "django.core.cache.backends"
    settings.CACHES = {
        "locmem": {"default": {"BACKEND": f"{backends}.locmem.LocMemCache"}},
        "file": {
            "default": {
                "BACKEND": f"{backends}.filebased.FileBasedCache",
                "LOCATION": str(tmp_path),
            }
        },
        "db": {"default": {"BACKEND": f"{backends}.db.DatabaseCache", "LOCATION": "fragments"}},
        "remote": REMOTE,
    }[request.param]
    call_command("createcachetable", verbosity=0)
    caches["default"].clear()
    name: str = request.param
    return name


@pytest.mark.usefixtures("backend")
def test_fragment_is_rendered_once_and_is_html(
    cache: FragmentCache, counters: Instrumentation
) -> None:
    made = Made()

    found = [get(cache, made) for _ in range(3)]

    assert found == ["<b>made</b>"] * 3
    assert {type(html) for html in found} == {SafeString}
    assert made.times == 1
    assert (counters.fragment_hits, counters.fragment_misses) == (2, 1)
    assert sum(counters.fragment_render_times) == 1


@pytest.mark.usefixtures("backend")
async def test_fragment_is_rendered_once_for_coroutines(cache: FragmentCache) -> None:
    made = Made()

    found = [await cache.aget_or_render(order(made)) for _ in range(3)]

    assert found == ["<b>made</b>"] * 3
    assert {type(html) for html in found} == {SafeString}
    assert made.times == 1


@pytest.mark.usefixtures("backend")
async def test_coroutines_can_forget(cache: FragmentCache) -> None:
    made = Made()
    await cache.aget_or_render(order(made))

    await cache.aforget(stamp_of("a"))
    await cache.aget_or_render(order(made))

    assert made.times == 2


def test_cache_that_keeps_nothing_renders_each_time(
    settings: Settings, cache: FragmentCache
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    made = Made()

    assert [get(cache, made) for _ in range(3)] == ["<b>made</b>"] * 3
    assert made.times == 3


def test_empty_fragment_is_kept_too(cache: FragmentCache) -> None:
    made = Made("")

    assert [get(cache, made) for _ in range(2)] == ["", ""]
    assert made.times == 1


def test_plain_text_is_escaped_once(cache: FragmentCache) -> None:
    assert [get(cache, lambda: "<script>") for _ in range(2)] == ["&lt;script&gt;"] * 2
    assert get(cache, lambda: format_html("<b>{}</b>", "&"), "b") == "<b>&amp;</b>"


def test_what_is_no_text_is_refused_and_not_kept(cache: FragmentCache) -> None:
    with pytest.raises(TypeError, match="returned NoneType"):
        get(cache, lambda: None)
    assert get(cache, Made()) == "<b>made</b>"


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
        await until(made.begun.is_set)
        made.may_end.set()
        found = await asyncio.wait_for(asyncio.gather(*asked), PATIENCE)

    assert set(found) == {"<b>made</b>"}
    assert made.times == 1


async def test_thread_that_waits_does_not_block_the_loop(cache: FragmentCache) -> None:
    began = asyncio.Event()
    may_end = asyncio.Event()

    async def render() -> str:
        began.set()
        await may_end.wait()
        return "made"

    leading = asyncio.create_task(cache.aget_or_render(order(render)))
    await began.wait()
    waiting = asyncio.create_task(asyncio.to_thread(get, cache, Made("other")))
    await asyncio.sleep(0.01)
    may_end.set()

    assert [await leading, await waiting] == ["made", "made"]


def test_exception_reaches_all_and_is_not_kept(cache: FragmentCache) -> None:
    may_fail = threading.Event()
    begun = threading.Event()

    def fail() -> str:
        begun.set()
        assert may_fail.wait(PATIENCE)
        raise ZeroDivisionError

    with ThreadPoolExecutor(10) as threads:
        first = threads.submit(get, cache, fail)
        assert begun.wait(PATIENCE)
        others = [threads.submit(get, cache, fail) for _ in range(9)]
        while len(cache._flights) != 1:
            time.sleep(0.001)
        may_fail.set()
        errors = [each.exception(PATIENCE) for each in [first, *others]]

    assert {type(error) for error in errors} == {ZeroDivisionError}
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
    await until(made.begun.is_set)

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
    await until(made.begun.is_set)
    [leader] = cache._tasks

    leader.cancel()
    made.may_end.set()

    assert await asyncio.gather(*waiting) == ["<b>made</b>"] * 2
    assert len(cache._flights) == 0


async def test_coroutine_function_is_awaited(cache: FragmentCache) -> None:
    async def render() -> str:
        return SafeString("<b>")

    assert await cache.aget_or_render(order(render)) == "<b>"


async def test_sync_caller_on_a_loop_uses_what_is_in_memory(cache: FragmentCache) -> None:
    made = Made()

    assert [get(cache, made) for _ in range(2)] == ["<b>made</b>"] * 2
    assert made.times == 1


async def test_sync_caller_on_a_loop_does_not_ask_a_remote_cache(
    cache: FragmentCache, remote: Server, counters: Instrumentation
) -> None:
    made = Made()

    assert [get(cache, made) for _ in range(2)] == ["<b>made</b>"] * 2
    assert made.times == 2
    assert remote.asked == []
    assert (counters.fragment_hits, counters.fragment_misses) == (0, 2)


async def test_sync_caller_on_a_loop_does_not_wait_for_a_thread(cache: FragmentCache) -> None:
    held = Made("theirs")
    held.may_end.clear()
    thread = asyncio.create_task(asyncio.to_thread(get, cache, held))
    await until(held.begun.is_set)

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
    await until(held.begun.is_set)

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
    waits = threading.Event()

    def landing(flight: Future[SafeString]) -> SafeString | None:
        waits.set()
        return fragment_flights.landing(flight, patience=0.05)

    monkeypatch.setattr(fragment_cache, "landing", landing)

    async def render() -> str:
        await until(waits.is_set)
        return await sync_to_async(lambda: "led")()  # needs the thread that waits for it

    leading = asyncio.create_task(cache.aget_or_render(order(render)))
    await until(lambda: len(cache._flights) == 1)
    following = await sync_to_async(get)(cache, Made("followed"))

    assert following == "followed"
    assert await leading == "led"


def test_page_asks_once_and_writes_once(cache: FragmentCache, remote: Server) -> None:
    wanted = [order(Made(str(n)), str(n)) for n in range(50)]

    assert cache.get_or_render(wanted) == [str(n) for n in range(50)]
    assert remote.asked == ["get", "add", "get", "set"]
    remote.asked.clear()
    assert cache.get_or_render(wanted) == [str(n) for n in range(50)]
    assert remote.asked == ["get"]


def test_page_renders_only_what_is_missing(cache: FragmentCache) -> None:
    get(cache, Made("kept"), "b")
    made = {key: Made(key) for key in "abc"}

    html = cache.get_or_render([order(made[key], key) for key in "abc"])

    assert html == ["a", "kept", "c"]
    assert [made[key].times for key in "abc"] == [1, 0, 1]


def test_page_that_shows_something_twice_renders_it_once(cache: FragmentCache) -> None:
    made = Made("x")

    assert cache.get_or_render([order(made), order(made)]) == ["x", "x"]
    assert made.times == 1


def test_page_with_nothing_on_it_is_nothing(cache: FragmentCache) -> None:
    assert cache.get_or_render([]) == []


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


@pytest.mark.parametrize("ttl", [0, -1, 86_401, float("nan")])
async def test_ttl_out_of_its_bounds_is_refused(cache: FragmentCache, ttl: float) -> None:
    with pytest.raises(ValueError, match="at most 86,400 seconds"):
        cache.get_or_render([order(Made())], ttl=ttl)
    with pytest.raises(ValueError, match="forget its key"):
        await cache.aget_or_render(order(Made()), ttl=ttl)


def test_fragment_is_kept_for_its_ttl_and_else_for_that_of_the_site(
    cache: FragmentCache, remote: Server
) -> None:
    get(cache, Made(), "site")
    cache.get_or_render([order(Made(), "own")], ttl=7)

    assert remote.timeouts == {
        place_of("site", "").key: 30,
        place_of("own", "").key: 7,
    }


def test_site_cannot_keep_fragments_for_longer_than_stamps(remote: Server) -> None:
    cache = FragmentCache(alias="default", ttl=1e9, instrumentation=Instrumentation())

    get(cache, Made())

    assert list(remote.timeouts.values()) == [86_400]


def test_broken_cache_is_never_seen_on_the_page(
    cache: FragmentCache, remote: Server, counters: Instrumentation
) -> None:
    remote.is_broken = True
    made = Made()

    assert [get(cache, made) for _ in range(20)] == ["<b>made</b>"] * 20
    assert made.times == 20
    assert counters.fragment_failures == {"get": 3, "set": 2}
    assert counters.fragment_misses == 20


async def test_broken_cache_is_never_seen_by_a_coroutine(
    cache: FragmentCache, remote: Server
) -> None:
    remote.is_broken = True

    assert [await cache.aget_or_render(order(Made())) for _ in range(3)] == ["<b>made</b>"] * 3


def test_render_times_are_measured_also_of_failures(counters: Instrumentation) -> None:
    now = [100.0]
    cache = FragmentCache(alias="default", ttl=30, instrumentation=counters, clock=lambda: now[0])

    def fail() -> str:
        now[0] += 0.5
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        get(cache, fail)

    assert counters.fragment_render_seconds == 0.5
    assert counters.fragment_render_times[-1] == 1
