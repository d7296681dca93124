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
    from collections.abc import Sequence

    from benchmarks.peers.roster import Peer
    from benchmarks.plan import Plan

_DRAIN = 90.0  # so long may the slowest take to deliver what is in flight
_LATE = 10.0  # so long after the last message of the rooms, what has not come counts as lost


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFanOut:
    """One topic, so many subscribers."""

    peers: Sequence[Peer]
    subscribers: int

    @property
    def name(self) -> str:
        return f"fan-out {self.subscribers}"

    def steps(self, plan: Plan) -> list[Step]:
        job = Job(
            mode="closed",
            subscribers=self.subscribers,
            size=plan.size,
            inflight=plan.inflight,
            warmup=plan.warmup,
            seconds=plan.seconds,
            patience=_DRAIN,
        )
        return _turns(self.name, self.peers, job, plan.rounds)

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """So many rooms with so many members, and messages a second in each of them."""

    peers: Sequence[Peer]
    rooms: int = 100
    members: int = 20
    rate: float = 25.0
    seconds: float = 8.0

    name = "rooms"

    def steps(self, plan: Plan) -> list[Step]:
        job = Job(
            mode="rooms",
            subscribers=self.rooms * self.members,
            rooms=self.rooms,
            size=plan.size,
            rate=self.rate,
            warmup=plan.warmup,
            seconds=self.seconds,
            patience=_LATE,
        )
        return _turns(self.name, self.peers, job, plan.rounds)

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        return []


def _turns(name: str, peers: Sequence[Peer], job: Job, rounds: int) -> list[Step]:
    return [
        Step(name, peer.name, PeerVisit(peer=peer, job=job))
        for _ in range(rounds)
        for peer in peers
    ]
