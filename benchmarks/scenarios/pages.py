"""Deliveries a second to pages: the HTML socket beside the Data socket, on uvicorn.

Both follow the same topic, which has a history, and get the same messages; pages get them as
fragments, each followed by a marker of its position. The sockets take turns, so that a machine that
slows down slows both. A fragment must be rendered once, for all who see it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Results, Row, Step, ratio, row_of
from benchmarks.job import Job
from benchmarks.visits import Visit, windows_of

if TYPE_CHECKING:
    from benchmarks.plan import Plan

_AT_LEAST = 0.8
_ONCE = 1.0
_ROWS = {"goby": "goby beside html", "html": "html on uvicorn"}


class Pages:
    """As many pages as the other rows have programs, and a program that publishes."""

    name = "html"

    def steps(self, plan: Plan) -> list[Step]:
        programs = Job(
            mode="closed",
            subscribers=plan.subscribers,
            size=plan.size,
            inflight=plan.inflight,
            warmup=plan.warmup,
            seconds=plan.seconds,
        )
        jobs = {"goby": programs, "html": replace(programs, protocol="html")}
        return [
            Step(self.name, key, Visit(app="goby", kind="uvicorn", job=job))
            for _ in range(plan.rounds)
            for key, job in jobs.items()
        ]

    def rows(self, results: Results) -> list[Row]:
        return [
            row_of(_ROWS[key], same)
            for key, rounds in results.items()
            for same in zip(*map(windows_of, rounds), strict=True)
        ]

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        if not _ROWS.keys() <= results.keys():
            return []
        rates = {(row.server, row.inflight): row.rate for row in self.rows(results)}
        ratios = [
            Finding(
                what=f"uvicorn: html / goby, {inflight} in flight",
                measured=ratio(
                    rates[_ROWS["html"], inflight],
                    rates[_ROWS["goby"], inflight],
                ),
                unit="x",
                at_least=_AT_LEAST,
            )
            for inflight in plan.inflight
        ]
        return [*ratios, _renderings(results)]


def _renderings(results: Results) -> Finding:
    return Finding(
        what="html: renderings for each publication",
        measured=max(
            ratio(result["events"]["rendered"], result["published"]) for result in results["html"]
        ),
        at_most=_ONCE,
    )
