"""One of the followers stops to read: the others must not notice, and the server lets it go."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.findings import Finding, Results, Row, Step, ratio
from benchmarks.job import Job
from benchmarks.visits import Visit, windows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.phases import Window
    from benchmarks.plan import Plan

_MEGABYTE = 1024 * 1024
_AT_MOST = 1.5


class StalledReader:
    """Latency of the others with and without a reader that stalls, on uvicorn."""

    name = "stalled"

    def steps(self, plan: Plan) -> list[Step]:
        job = Job(
            mode="stalled",
            subscribers=plan.subscribers,
            size=plan.size,
            rate=plan.stalled_rate,
            warmup=plan.warmup,
            seconds=plan.stalled_seconds,
            patience=plan.patience,
        )
        step = Step(self.name, "goby", Visit(app="goby", kind="uvicorn", job=job))
        return [step] * plan.stalled_rounds

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        rounds = [result for same in results.values() for result in same]
        if not rounds:
            return []
        pairs = [windows_of(result) for result in rounds]
        return [*_latency(pairs), *_policy(rounds, plan.patience)]


def _latency(pairs: Sequence[Sequence[Window]]) -> list[Finding]:
    def compared(name: str, after: Callable[[Window], float]) -> list[Finding]:
        ratios = [ratio(after(stalled), after(reading)) for reading, stalled in pairs]
        reading = median(after(reading) for reading, _ in pairs)
        return [
            Finding(what=f"latency {name}, all read", measured=reading, unit="ms"),
            Finding(
                what=f"one stalled: {name} / all read",
                measured=median(ratios),
                unit="x",
                at_most=_AT_MOST,
            ),
        ]

    return [
        *compared("p50", lambda window: window.p50_ms),
        *compared("p99", lambda window: window.p99_ms),
    ]


def _policy(rounds: Sequence[Mapping[str, Any]], patience: float) -> list[Finding]:
    closed = [result["closed_after_s"] or float("inf") for result in rounds]
    lost = [abs(result["connected"] - 1 - result["connected_after"]) for result in rounds]
    grown = [result["grown_bytes"] / _MEGABYTE for result in rounds]
    missing = [abs(windows_of(result)[1].missing) for result in rounds]
    return [
        Finding(what="one stalled: closed after", measured=max(closed), unit="s", at_most=patience),
        Finding(what="one stalled: others closed with it", measured=max(lost), at_most=0.0),
        Finding(what="one stalled: memory grew by", measured=max(grown), unit="MB", at_most=4.0),
        Finding(what="one stalled: messages missing", measured=max(missing), at_most=0.0),
    ]
