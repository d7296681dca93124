"""The fragment cache: rendered once and kept for a while, whatever becomes of the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.utils.html import format_html
from django.utils.safestring import SafeString

from realtime.fragment_cache import FragmentCache
from realtime.fragment_keys import place_of, stamp_of
from realtime.instrumentation import Instrumentation
from tests.realtime.caches import REMOTE, Server
from tests.realtime.made import Made, get, order

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings


@pytest.fixture
def counters() -> Instrumentation:
    return Instrumentation()


@pytest.fixture
def cache(counters: Instrumentation) -> FragmentCache:
    return FragmentCache(alias="default", ttl=30.0, instrumentation=counters)


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
