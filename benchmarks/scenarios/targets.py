"""The performance guide's targets, each as a figure beside what is asked.

Three visits to the production profile on uvicorn: a full house that comes and goes, as many
messages a second as the guide wants, and people in rooms whose talk is what a chat's is.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.findings import Finding, Results, Row, Step, ratio
from benchmarks.job import Job
from benchmarks.visits import Visit, windows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.plan import Plan

_KILOBYTE, _MEGABYTE = 1024, 1024 * 1024
_MEMBERS, _CIRCLE = 20, 5  # people in a room that talks, and in one that is there for the rate
_TALK, _RUSH = 25.0, 55.0  # messages a second in each room; the rush is a tenth above its target
_LATE = 10.0  # so long after the last message, what has not come counts as lost


class Targets:
    """Users, messages a second, memory and latency on one process."""

    name = "targets"

    def steps(self, plan: Plan) -> list[Step]:
        house = Job(
            mode="crowds",
            subscribers=plan.crowd,
            rounds=plan.comings,
            seconds=plan.settle,
            patience=plan.patience,
        )
        jobs = [
            ("crowd", house),
            *[("rush", _rooms(plan, _CIRCLE, _RUSH)), ("rooms", _rooms(plan, _MEMBERS, _TALK))]
            * plan.rounds,
        ]
        return [
            Step(self.name, key, Visit(app="goby", kind="uvicorn", job=job, signed_in=True))
            for key, job in jobs
        ]

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        told = {"crowd": _crowd, "rush": _rush, "rooms": _rooms_told}
        return [
            finding
            for key, tell in told.items()
            if results.get(key)
            for finding in tell(plan, results[key])
        ]


def _rooms(plan: Plan, members: int, rate: float) -> Job:
    return Job(
        mode="busy rooms",
        subscribers=plan.rooms * members,
        rooms=plan.rooms,
        size=plan.size,
        rate=rate,
        warmup=plan.warmup,
        seconds=plan.seconds,
        patience=_LATE,
    )


def _crowd(plan: Plan, rounds: Sequence[Mapping[str, Any]]) -> list[Finding]:
    result = rounds[0]
    comings, who = result["comings"], f"{plan.crowd:,} users"
    first, last = comings[0], comings[-1]
    worst = min(_share(coming["window"]) for coming in comings)
    return [
        _least(f"{who}: connected", min(each["connected"] for each in comings), plan.crowd),
        Finding(what=f"{who}: until all are in", measured=first["connect_s"], unit="s"),
        _least(f"{who}: who get a publication", worst * 100, 100.0, "%"),
        Finding(
            what=f"{who}: until all have it", measured=first["window"]["all_p50_ms"], unit="ms"
        ),
        _most(f"{who}, 3 topics: memory each", result["bytes_each"] / _KILOBYTE, 25.0, "KB"),
        _most(f"{who}: server", first["resident_bytes"] / _MEGABYTE, 300.0, "MB"),
        Finding(
            what=f"{who}: server, after {plan.comings} returns",
            measured=last["resident_bytes"] / _MEGABYTE,
            unit="MB",
        ),
        _most(
            f"{who}: growth over {plan.comings} returns",
            (ratio(last["resident_bytes"], first["resident_bytes"]) - 1) * 100,
            5.0,
            "%",
        ),
    ]


def _rush(plan: Plan, rounds: Sequence[Mapping[str, Any]]) -> list[Finding]:
    windows = [window for result in rounds for window in windows_of(result)]
    who = f"{plan.rooms} rooms of {_CIRCLE}"
    return [
        _least(
            f"{who}: messages",
            median(window.messages / window.seconds for window in windows),
            5000.0,
            "/s",
        ),
        _least(f"{who}: delivered", _delivered(rounds), 100.0, "%"),
        Finding(
            what=f"{who}: median latency",
            measured=median(window.p50_ms for window in windows),
            unit="ms",
        ),
    ]


def _rooms_told(plan: Plan, rounds: Sequence[Mapping[str, Any]]) -> list[Finding]:
    windows = [window for result in rounds for window in windows_of(result)]
    who = f"{plan.rooms * _MEMBERS:,} users in rooms"
    peak = max(result["peak_bytes"] for result in rounds)
    return [
        Finding(
            what=f"{who}: messages",
            measured=median(window.messages / window.seconds for window in windows),
            unit="/s",
        ),
        _least(f"{who}: delivered", _delivered(rounds), 100.0, "%"),
        _most(f"{who}: median latency", median(each.p50_ms for each in windows), 10.0, "ms"),
        _most(f"{who}: server at its peak", peak / _MEGABYTE, 120.0, "MB"),
    ]


def _delivered(rounds: Sequence[Mapping[str, Any]]) -> float:
    """Of the worst round, in percent."""
    return 100 * min(_share(window) for result in rounds for window in result["windows"])


def _share(window: Mapping[str, Any]) -> float:
    return ratio(window["deliveries"], window["deliveries"] + window["missing"])


def _least(what: str, measured: float, bound: float, unit: str = "") -> Finding:
    return Finding(what=what, measured=measured, unit=unit, at_least=bound)


def _most(what: str, measured: float, bound: float, unit: str) -> Finding:
    return Finding(what=what, measured=measured, unit=unit, at_most=bound)
