"""What all peers are asked: a fan-out at four loads and two sizes, and a hundred rooms.

They take turns, so that a machine that slows down slows all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Results, Row, Step
from benchmarks.job import Job
from benchmarks.peers.visits import PeerVisit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.peers.roster import Peer
    from benchmarks.plan import Plan

_DRAIN = 90.0  # so long may the slowest take to deliver what is in flight
_LATE = 10.0  # so long after the last message of the rooms, what has not come counts as lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The same job for each peer. What they answer is compared on a page of its own."""

    name: str
    peers: Sequence[Peer]
    job: Callable[[Plan], Job]

    def steps(self, plan: Plan) -> list[Step]:
        job = self.job(plan)
        return [
            Step(self.name, peer.name, PeerVisit(peer=peer, job=job))
            for _ in range(plan.rounds)
            for peer in self.peers
        ]

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        return []


def fan_out(peers: Sequence[Peer], *, subscribers: int) -> Question:
    """Ask for one topic with so many subscribers."""

    def job(plan: Plan) -> Job:
        return Job(
            mode="closed",
            subscribers=subscribers,
            size=plan.size,
            inflight=plan.inflight,
            warmup=plan.warmup,
            seconds=plan.seconds,
            patience=_DRAIN,
        )

    return Question(name=f"fan-out {subscribers}", peers=peers, job=job)


def many_rooms(
    peers: Sequence[Peer],
    *,
    rooms: int = 100,
    members: int = 20,
    rate: float = 25.0,
    seconds: float = 8.0,
) -> Question:
    """Ask for so many rooms with so many members, and messages a second in each of them."""

    def job(plan: Plan) -> Job:
        return Job(
            mode="rooms",
            subscribers=rooms * members,
            rooms=rooms,
            size=plan.size,
            rate=rate,
            warmup=plan.warmup,
            seconds=seconds,
            patience=_LATE,
        )

    return Question(name="rooms", peers=peers, job=job)
