"""What is tried: each optimisation on and off, in the workload that it is for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.child import result_of
from benchmarks.job import Job
from benchmarks.visits import Visit, windows_of

if TYPE_CHECKING:
    from benchmarks.findings import Errand
    from benchmarks.machine import Cores
    from benchmarks.site import Site

ON, OFF, STOCK = "all on", "all off", "stock Channels"
FAN_OUT, ROOMS, FRAGMENTS = "fan-out", "rooms", "fragments"

Figures = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an optimisation shall gain, in percent, by the guide: of which figure where."""

    optimisation: str
    workload: str
    figure: str
    expected: tuple[int, int]
    more_is_better: bool = False


QUESTIONS = (
    Question(
        optimisation="shared_messages",
        workload=FAN_OUT,
        figure="1: µs a delivery",
        expected=(15, 25),
    ),
    Question(
        optimisation="pooling", workload=FAN_OUT, figure="1: µs a delivery", expected=(30, 50)
    ),
    Question(
        optimisation="batching",
        workload=FAN_OUT,
        figure="16: deliveries/s",
        expected=(20, 30),
        more_is_better=True,
    ),
    Question(optimisation="routing", workload=ROOMS, figure="µs a publication", expected=(20, 30)),
    Question(
        optimisation="fragment_cache", workload=FRAGMENTS, figure="ms a page", expected=(40, 60)
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How long and how large; times in seconds."""

    rounds: int = 3
    warmup: float = 0.5
    seconds: float = 2.0
    followers: int = 500
    people: int = 1000
    rooms: int = 50
    rate: float = 5.0  # publications a second in each room
    pages: int = 6
    everywhere: bool = True  # the fan-out without those optimisations, too, that it is not for


WHOLE = Sizes()
QUICK = Sizes(rounds=1, warmup=0.3, seconds=0.5, pages=2, everywhere=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One variant in one workload."""

    workload: str
    variant: str
    errand: Errand

    def run(self, cores: Cores, site: Site) -> Figures:
        """Return the figures, or raise `RuntimeError`."""
        result = self.errand.run(cores, site)
        return _READERS[self.workload](result)


@dataclass(frozen=True, slots=True)
class Pages:
    """Fifty messages as the site renders them, in a process with such an environment."""

    without: str
    rounds: int
    title: str = "the fragment cache"

    def run(self, cores: Cores, site: Site) -> dict[str, Any]:
        """Run it on the server's core."""
        return result_of(
            "benchmarks.fragments",
            json.dumps({"rounds": self.rounds}),
            core=cores.server,
            title=self.title,
            environment={**site.environment, "GOBY_WITHOUT": self.without},
        )


def trials_of(sizes: Sizes, names: tuple[str, ...], only: str | None) -> list[Trial]:
    """One round: every workload with all on, and without what it is for."""
    asked = [each for each in QUESTIONS if only in (None, each.optimisation)]
    workloads = dict.fromkeys(each.workload for each in asked)
    trials = []
    for workload in workloads:
        left_out: list[str] = [each.optimisation for each in asked if each.workload == workload]
        if workload == FAN_OUT and only is None:
            left_out = [*(names if sizes.everywhere else left_out), OFF, STOCK]
        trials += [_trial(workload, variant, sizes, names) for variant in (ON, *left_out)]
    return trials


def _trial(workload: str, variant: str, sizes: Sizes, names: tuple[str, ...]) -> Trial:
    without = {ON: "", OFF: ",".join(names), STOCK: ""}.get(variant, variant)
    if workload == FRAGMENTS:
        errand: Errand = Pages(without, sizes.pages)
    else:
        errand = Visit(
            app="stock" if variant == STOCK else "goby",
            kind="uvicorn",
            job=_rooms_job(sizes) if workload == ROOMS else _fan_out_job(sizes),
            environment={"GOBY_WITHOUT": without},
        )
    return Trial(workload=workload, variant=variant, errand=errand)


def _fan_out_job(sizes: Sizes) -> Job:
    return Job(
        mode="closed", subscribers=sizes.followers, warmup=sizes.warmup, seconds=sizes.seconds
    )


def _rooms_job(sizes: Sizes) -> Job:
    return Job(
        mode="rooms",
        subscribers=sizes.people,
        rooms=sizes.rooms,
        rate=sizes.rate,
        warmup=sizes.warmup,
        seconds=sizes.seconds,
    )


def _read_fan_out(result: dict[str, Any]) -> Figures:
    figures: Figures = {}
    for window in windows_of(result):
        spent = window.server_busy * window.seconds * 1_000_000
        figures |= {
            f"{window.name}: deliveries/s": window.rate,
            f"{window.name}: µs a delivery": spent / max(window.deliveries, 1),
            f"{window.name}: p50 ms": window.p50_ms,
            f"{window.name}: p99 ms": window.p99_ms,
            f"{window.name}: frames a delivery": window.frames / max(window.deliveries, 1),
        }
    return figures


def _read_rooms(result: dict[str, Any]) -> Figures:
    [window] = windows_of(result)
    spent = window.server_busy * window.seconds * 1_000_000
    return {
        "µs a publication": spent / max(window.messages, 1),
        "p50 ms": window.p50_ms,
        "p99 ms": window.p99_ms,
    }


def _read_fragments(result: dict[str, Any]) -> Figures:
    times: list[float] = sorted(result["messages_warm_ms"])
    return {"ms a page": times[len(times) // 2]}


_READERS = {FAN_OUT: _read_fan_out, ROOMS: _read_rooms, FRAGMENTS: _read_fragments}
