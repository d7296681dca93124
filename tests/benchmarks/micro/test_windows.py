"""What is asked once a publication or once a connection: outbox, dedup, fragment cache."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from realtime.dedup import Dedup
from realtime.fragment_cache import FragmentCache, Order
from realtime.fragment_shelf import Place
from realtime.instrumentation import Instrumentation
from tests.realtime.rooms import Desk, frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

    from realtime.message import Overflow

WINDOW = 10_000
PAGE = 50  # fragments on a page


@pytest.mark.parametrize("overflow", ["close", "drop_oldest", "latest"])
def test_outbox_put_and_take(benchmark: BenchmarkFixture, overflow: Overflow) -> None:
    outbox = Desk(max_size=1_000_000).outbox
    outbox.hold()  # a flusher that never comes would let what is ready grow
    one = frame("x" * 100, overflow, size=100)

    def put_and_take() -> None:
        outbox.put(one)
        outbox.take(1)

    benchmark(put_and_take)

    assert (outbox.frames, outbox.size) == ([], 0)


@pytest.fixture
def names() -> Iterator[str]:
    """Ids that were never seen."""
    return (f"chat:{number}" for number in range(1_000_000_000))


def test_dedup_of_a_new_id(benchmark: BenchmarkFixture, names: Iterator[str]) -> None:
    dedup = Dedup(ttl=600, max_ids=WINDOW, clock=time.monotonic)
    for _ in range(WINDOW):
        dedup.first("chat.messages", next(names))

    is_first = benchmark(lambda: dedup.first("chat.messages", next(names)))

    assert is_first
    assert len(dedup) == WINDOW


def test_dedup_of_a_repetition(benchmark: BenchmarkFixture, names: Iterator[str]) -> None:
    dedup = Dedup(ttl=600, max_ids=WINDOW, clock=time.monotonic)
    for _ in range(WINDOW):
        dedup.first("chat.messages", next(names))

    is_first = benchmark(dedup.first, "chat.messages", f"chat:{WINDOW // 2}")

    assert not is_first


@pytest.fixture
def cache() -> FragmentCache:
    """An empty cache in this process's memory."""
    return FragmentCache(alias="default", ttl=600, instrumentation=Instrumentation())


def orders(count: int, kind: str) -> list[Order]:
    """Return what a page asks for."""
    return [Order(Place(f"micro:{kind}:{n}", "micro"), lambda: "<p>hi</p>") for n in range(count)]


@pytest.mark.parametrize("count", [1, PAGE])
def test_fragment_cache_hits(benchmark: BenchmarkFixture, cache: FragmentCache, count: int) -> None:
    wanted = orders(count, "hit")
    cache.get_or_render(wanted)

    found = benchmark(cache.get_or_render, wanted)

    assert len(found) == count


def test_fragment_cache_miss(benchmark: BenchmarkFixture, cache: FragmentCache) -> None:
    numbers = iter(range(1_000_000_000))

    def miss() -> str:
        place = Place(f"micro:miss:{next(numbers)}", "micro")
        [made] = cache.get_or_render([Order(place, lambda: "plain")])
        return made

    assert benchmark(miss) == "plain"
