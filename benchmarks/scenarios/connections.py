"""What a connection costs that does nothing: memory, time to connect, tasks, and what it leaves.

Three crowds: people who are signed in, guests, and people who also follow a topic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.findings import Finding, Results, Row, Step, ratio
from benchmarks.job import Job
from benchmarks.visits import Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.plan import Plan

_KILOBYTE = 1024
_CROWDS = {
    "signed in": {"signed_in": True, "follow": False},
    "guests": {"signed_in": False, "follow": False},
    "signed in, following": {"signed_in": True, "follow": True},
}


class Connections:
    """Thousands of idle Data connections behind the auth stack, on uvicorn."""

    name = "connections"

    def steps(self, plan: Plan) -> list[Step]:
        return [
            Step(
                self.name,
                key,
                Visit(
                    app="goby",
                    kind="uvicorn",
                    job=_job(plan, **crowd),
                    signed_in=crowd["signed_in"],
                ),
            )
            for key, crowd in _CROWDS.items()
            if plan.with_extras or not crowd["follow"]
        ]

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        return [
            finding
            for key, rounds in results.items()
            for result in rounds
            for finding in _findings(f"{plan.connections:,} {key}", result)
        ]


def _job(plan: Plan, *, signed_in: bool, follow: bool) -> Job:
    return Job(mode="idle", subscribers=plan.connections, seconds=plan.settle, follow=follow)


def _findings(crowd: str, result: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding(
            what=f"{crowd}: memory each",
            measured=result["bytes_each"] / _KILOBYTE,
            unit="KB",
            at_most=28.0,
        ),
        Finding(
            what=f"{crowd}: connects",
            measured=result["connects_per_s"],
            unit="/s",
            at_least=1000.0,
        ),
        Finding(
            what=f"{crowd}: last / first fifth",
            measured=ratio(result["last_per_s"], result["first_per_s"]),
            unit="x",
            at_least=0.75,
        ),
        Finding(
            what=f"{crowd}: tasks each",
            measured=result["tasks_each"],
            at_most=1.01,
        ),
        Finding(what=f"{crowd}: left behind", measured=_left(result), at_most=0.0),
    ]


def _left(result: Mapping[str, Any]) -> float:
    """How much the server holds after everybody left that it did not hold before."""
    empty, left = result["stats_empty"], result["stats_left"]
    return float(sum(max(0, count - empty.get(name, 0)) for name, count in left.items()))
