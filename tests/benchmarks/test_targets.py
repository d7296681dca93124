"""The guide's targets with tiny numbers, for errors and not for speed; and what the figures say."""

from __future__ import annotations

import io
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from benchmarks.crowds import following
from benchmarks.fanout import run
from benchmarks.phases import Window
from benchmarks.plan import QUICK
from benchmarks.scenarios.targets import Targets

if TYPE_CHECKING:
    from benchmarks.report import Report

TINY = replace(QUICK, crowd=12, comings=2, rooms=3, settle=0.1, warmup=0.1, seconds=0.2)
WINDOW = Window(
    name="rooms",
    seconds=2.0,
    messages=11_000,
    deliveries=990,
    missing=10,
    frames=990,
    p50_ms=4.0,
    p99_ms=9.0,
    all_p50_ms=5.0,
    all_p99_ms=9.0,
    load_busy=0.5,
    server_busy=0.5,
)
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def report() -> Report:
    return run(TINY, [Targets()], Console(file=io.StringIO()))


def coming(*, megabytes: int, missing: int = 0) -> dict[str, Any]:
    window = asdict(replace(WINDOW, deliveries=12 - missing, missing=missing))
    counts = {"connected": 12, "connect_s": 1.0, "resident_bytes": megabytes * MEGABYTE}
    return {**counts, "left": 0, "window": window}


def measured(results: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return what each figure says, and whether that is as asked, by its words."""
    findings = Targets().findings(TINY, results)
    return {found.what: (found.measured, found.met) for found in findings}


def shown(figure: tuple[float, bool | None]) -> tuple[str, bool | None]:
    """Return it with as many digits as matter."""
    return f"{figure[0]:.1f}", figure[1]


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc")
@pytest.mark.timeout(180)
def test_run_gives_everybody_everything_each_time_they_come(report: Report) -> None:
    raw = report.raw["targets"]
    comings = raw["crowd"][0]["comings"]

    assert report.failures == []
    assert [each["connected"] for each in comings] == [12] * 3
    assert [each["left"] for each in comings] == [0] * 3
    assert [each["window"]["deliveries"] for each in comings] == [12] * 3
    for key, members in (("rush", 5), ("rooms", 20)):
        [window] = raw[key][0]["windows"]
        assert (window["missing"], window["deliveries"]) == (0, window["messages"] * members)
        assert raw[key][0]["unordered"] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc")
@pytest.mark.timeout(180)
def test_run_reads_the_memory_of_the_server(report: Report) -> None:
    [crowd] = report.raw["targets"]["crowd"]
    [rooms] = report.raw["targets"]["rooms"]

    assert crowd["empty_bytes"] > 10 * MEGABYTE
    assert all(each["resident_bytes"] > 10 * MEGABYTE for each in crowd["comings"])
    assert rooms["peak_bytes"] > 10 * MEGABYTE


def test_crowd_is_met_by_its_bounds() -> None:
    comings = [coming(megabytes=100), coming(megabytes=120), coming(megabytes=104)]
    crowd = {"comings": comings, "bytes_each": 25 * 1024}

    figures = measured({"crowd": [crowd]})

    assert figures["12 users: connected"] == (12, True)
    assert figures["12 users: who get a publication"] == (100.0, True)
    assert figures["12 users, 3 topics: memory each"] == (25.0, True)
    assert figures["12 users: server"] == (100.0, True)
    assert shown(figures["12 users: growth over 2 returns"]) == ("4.0", True)


def test_crowd_is_missed_when_one_coming_lost_something_or_the_last_has_grown() -> None:
    comings = [coming(megabytes=301), coming(megabytes=301, missing=3), coming(megabytes=320)]
    crowd = {"comings": comings, "bytes_each": 26 * 1024}

    figures = measured({"crowd": [crowd]})

    assert figures["12 users: who get a publication"] == (75.0, False)
    assert figures["12 users, 3 topics: memory each"] == (26.0, False)
    assert figures["12 users: server"] == (301.0, False)
    assert shown(figures["12 users: growth over 2 returns"]) == ("6.3", False)


def test_rooms_tell_the_worst_delivery_and_the_highest_peak() -> None:
    whole = asdict(replace(WINDOW, missing=0))
    rounds = [
        {"windows": [whole], "peak_bytes": 110 * MEGABYTE},
        {"windows": [asdict(WINDOW)], "peak_bytes": 121 * MEGABYTE},
    ]

    figures = measured({"rush": rounds, "rooms": rounds})

    assert figures["3 rooms of 5: messages"] == (5500.0, True)
    assert figures["3 rooms of 5: delivered"] == (99.0, False)
    assert figures["60 users in rooms: delivered"] == (99.0, False)
    assert figures["60 users in rooms: median latency"] == (4.0, True)
    assert figures["60 users in rooms: server at its peak"] == (121.0, False)


def test_nothing_is_said_of_a_visit_that_failed() -> None:
    assert measured({"crowd": []}) == {}


def test_three_topics_are_followed_in_one_frame_whose_last_answer_counts() -> None:
    speech = following(45)
    frame = speech.greeting(subscribe=True)

    assert frame.count(b'"subscribe"') == 3
    for topic in (b'"bench.room-2"', b'"bench.hall-0"', b'"bench.all"'):
        assert topic in frame
    assert speech.publication(1, 128).count(b'"bench.all"') == 1
    assert not speech.greeted(b'{"id":2,"subscribe":{}}', subscribe=True)
    assert speech.greeted(b'{"id":3,"subscribe":{}}\n{"id":4,"subscribe":{}}', subscribe=True)


def test_refused_topic_ends_the_load() -> None:
    with pytest.raises(ConnectionError, match="103"):
        following(0).greeted(b'{"id":4,"error":{"code":103}}', subscribe=True)
