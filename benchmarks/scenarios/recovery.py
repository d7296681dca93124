"""What it costs to give a crowd that comes back at once all that it missed.

Beside it stands the same crowd that comes back and missed nothing: a site pays that anyway. The
history must be read and encoded once, for all who come back from the same position.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.findings import Finding, Results, Row, Step, ratio
from benchmarks.job import Job
from benchmarks.visits import Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.plan import Plan

_AT_MOST = 3.0
_ONCE = {"histories_read": "histories read", "answers_encoded": "answers encoded"}
_WRONG = {"unrecovered": "not recovered", "lost": "lost", "doubled": "doubled"}


class Recovery:
    """All clients of one topic are cut off, and come back together, on uvicorn."""

    name = "recovery"

    def steps(self, plan: Plan) -> list[Step]:
        job = Job(
            mode="recovery",
            subscribers=plan.returning,
            size=plan.size,
            missed=plan.missed,
            rounds=plan.recovery_rounds,
        )
        return [Step(self.name, "goby", Visit(app="goby", kind="uvicorn", job=job))]

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        return [
            finding for same in results.values() for result in same for finding in _findings(result)
        ]


def _findings(result: Mapping[str, Any]) -> list[Finding]:
    rounds = result["rounds"]
    plain, recovery = (
        median(each[kind]["seconds"] for each in rounds) for kind in ("plain", "recovery")
    )
    who = f"{result['clients']:,} clients back"
    return [
        Finding(what=f"{who}, nothing missed", measured=plain * 1000, unit="ms"),
        Finding(what=f"{who}, {result['missed']} missed", measured=recovery * 1000, unit="ms"),
        Finding(
            what="recovery: with a loss / without",
            measured=ratio(recovery, plain),
            unit="x",
            at_most=_AT_MOST,
        ),
        *_checks(rounds),
    ]


def _checks(rounds: Sequence[Mapping[str, Any]]) -> list[Finding]:
    def found(kind: str, name: str) -> list[int]:
        return [each[kind][name] for each in rounds]

    wrong = {
        what: sum(found("recovery", name) + found("plain", name)) for name, what in _WRONG.items()
    }
    once = {what: max(found("recovery", name)) for name, what in _ONCE.items()}
    return [
        *(Finding(what=f"recovery: {what}", measured=n, at_most=0.0) for what, n in wrong.items()),
        *(
            Finding(what=f"recovery: {what} for all", measured=n, at_most=1.0)
            for what, n in once.items()
        ),
    ]
