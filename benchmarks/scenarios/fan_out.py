"""Deliveries a second: our Data socket beside the stock layer, and a bare hub as the ceiling.

Followers of ours have all that a site would give them: a history, a position, presence. The servers
take turns (stock, ours, stock, ours), so that a machine that slows down slows both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Results, Row, Step, ratio, row_of
from benchmarks.job import Job
from benchmarks.visits import Visit, windows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.plan import Plan
    from benchmarks.servers import AppName, ServerKind

_COMPARED: tuple[AppName, ...] = ("stock", "goby")


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """One server program; `asked` says how many times stock is asked for, by number in flight.

    With `protobuf` our socket takes a turn in the binary form of its protocol as well.
    """

    kind: ServerKind
    asked: Mapping[int, float]
    protobuf: bool = False

    @property
    def name(self) -> str:
        return self.kind

    def steps(self, plan: Plan) -> list[Step]:
        job = Job(
            mode="closed",
            subscribers=plan.subscribers,
            size=plan.size,
            inflight=plan.inflight,
            warmup=plan.warmup,
            seconds=plan.seconds,
        )
        turns: dict[str, Visit] = {
            app: Visit(app=app, kind=self.kind, job=job) for app in _COMPARED
        }
        if self.protobuf:
            binary = replace(job, protocol="protobuf")
            turns["protobuf"] = Visit(app="goby", kind=self.kind, job=binary)
        ceiling = {"bare": Visit(app="bare", kind=self.kind, job=job)} if plan.with_extras else {}
        return [
            Step(self.name, key, visit)
            for key, visit in [*ceiling.items(), *[*turns.items()] * plan.rounds]
        ]

    def rows(self, results: Results) -> list[Row]:
        return [
            row_of(f"{key} on {self.kind}", same)
            for key, rounds in results.items()
            for same in zip(*map(windows_of, rounds), strict=True)
        ]

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        if not {*_COMPARED} <= results.keys():
            return []
        rates = {(row.server, row.inflight): row.rate for row in self.rows(results)}
        return [
            Finding(
                what=f"{self.kind}: goby / stock, {inflight} in flight",
                measured=ratio(
                    rates[f"goby on {self.kind}", inflight],
                    rates[f"stock on {self.kind}", inflight],
                ),
                unit="x",
                at_least=self.asked.get(inflight),
            )
            for inflight in plan.inflight
        ]
