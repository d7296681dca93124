"""What the fragment cache saves of rendering a page of messages, and what a hit costs."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Results, Row, Step, ratio
from benchmarks.in_process import InProcess

if TYPE_CHECKING:
    from benchmarks.plan import Plan

_AT_LEAST = 60.0
_AT_MOST = 100.0
_ROUNDS = 15
_ROUNDS_WHEN_QUICK = 4


class Fragments:
    """Fifty messages with a warm cache and without one; and hits, one by one."""

    name = "fragments"

    def steps(self, plan: Plan) -> list[Step]:
        wanted = {"rounds": _ROUNDS if plan.name == "whole" else _ROUNDS_WHEN_QUICK}
        errand = InProcess(
            title="the fragment cache", module="benchmarks.fragments", argument=json.dumps(wanted)
        )
        return [Step(self.name, "fragments", errand)]

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        [figures] = results["fragments"]
        return [
            Finding(
                what="50 messages without the fragment cache: CPU",
                measured=median(figures["messages_plain_ms"]),
                unit="ms",
            ),
            Finding(
                what="50 messages with a warm cache: CPU saved",
                measured=_saved(figures["messages_plain_ms"], figures["messages_warm_ms"]),
                unit="%",
                at_least=_AT_LEAST,
            ),
            Finding(
                what="the whole page around them: CPU saved",
                measured=_saved(figures["room_plain_ms"], figures["room_warm_ms"]),
                unit="%",
            ),
            Finding(
                what="hit of get_or_render: median (CPU)", measured=median(figures["us"]), unit="µs"
            ),
            Finding(
                what="hit of get_or_render: p99 (CPU)",
                measured=median(figures["p99_us"]),
                unit="µs",
                at_most=_AT_MOST,
            ),
        ]


def _saved(plain: list[float], warm: list[float]) -> float:
    return 100 * (1 - ratio(median(warm), median(plain)))
