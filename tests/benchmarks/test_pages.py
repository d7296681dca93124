"""What the report says of pages: their rate beside that of programs, and how often was rendered."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from benchmarks.phases import Window
from benchmarks.plan import QUICK
from benchmarks.scenarios.pages import Pages

WINDOW = Window(
    name="1",
    seconds=1.0,
    messages=10,
    deliveries=1000,
    missing=0,
    frames=1000,
    p50_ms=1.0,
    p99_ms=2.0,
    all_p50_ms=1.0,
    all_p99_ms=2.0,
    load_busy=0.5,
    server_busy=1.0,
)
PLAN = replace(QUICK, inflight=(1,))


def result(deliveries: int, *, rendered: int = 0) -> dict[str, Any]:
    windows = [asdict(replace(WINDOW, deliveries=deliveries))]
    return {"windows": windows, "published": 10, "events": {"rendered": rendered}}


@pytest.mark.parametrize(("pages", "met"), [(800, True), (790, False)])
def test_pages_are_measured_against_programs_of_the_same_run(pages: int, met: object) -> None:
    results = {"goby": [result(1000)], "html": [result(pages, rendered=10)]}
    ratio, renderings = Pages().findings(PLAN, results)
    assert (ratio.what, ratio.measured) == ("uvicorn: html / goby, 1 in flight", pages / 1000)
    assert (ratio.met, renderings.met) == (met, True)


def test_renderings_are_those_of_the_worst_round() -> None:
    html = [result(900, rendered=10), result(900, rendered=5000)]
    *_, renderings = Pages().findings(PLAN, {"goby": [result(1000)], "html": html})
    assert (renderings.measured, renderings.met) == (500, False)


def test_nothing_is_said_when_one_of_the_two_failed() -> None:
    assert Pages().findings(PLAN, {"html": [result(900, rendered=10)]}) == []


def test_sockets_take_turns_with_the_same_load() -> None:
    steps = Pages().steps(replace(PLAN, rounds=2))
    assert [step.key for step in steps] == ["goby", "html"] * 2
