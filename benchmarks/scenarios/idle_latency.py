"""What batching costs when there is nothing to batch: the median at ten messages a second."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Results, Row, Step, ratio
from benchmarks.job import Job
from benchmarks.visits import Visit, windows_of

if TYPE_CHECKING:
    from benchmarks.plan import Plan

_AT_MOST = 1.2
_SETTINGS = {"batched": {}, "single": {"BENCH_BATCH_MAX_SIZE": "1"}}


class IdleLatency:
    """The default batch settings against a batch size of one, in turns."""

    name = "idle"

    def steps(self, plan: Plan) -> list[Step]:
        job = Job(
            mode="paced",
            subscribers=plan.subscribers,
            size=plan.size,
            rate=plan.idle_rate,
            warmup=plan.warmup,
            seconds=plan.idle_seconds,
        )
        return [
            Step(self.name, key, Visit(app="goby", kind="uvicorn", job=job, environment=env))
            for _ in range(plan.idle_rounds)
            for key, env in _SETTINGS.items()
        ]

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        if not _SETTINGS.keys() <= results.keys():
            return []
        medians = {
            key: median(windows_of(result)[0].p50_ms for result in rounds)
            for key, rounds in results.items()
        }
        batched, single = medians["batched"], medians["single"]
        return [
            Finding(what="idle median latency, batching on", measured=batched, unit="ms"),
            Finding(what="idle median latency, batch size 1", measured=single, unit="ms"),
            Finding(
                what="idle: batching on / batch size 1",
                measured=ratio(batched, single),
                unit="x",
                at_most=_AT_MOST,
            ),
        ]
