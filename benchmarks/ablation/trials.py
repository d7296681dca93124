"""What is tried: each optimisation on and off, in the workload that it is for."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks.ablation.figures import (
    FAN_OUT,
    FRAGMENTS,
    PEOPLE,
    READERS,
    REPETITIONS,
    ROOMS,
    TOPICS,
    Figures,
)
from benchmarks.child import result_of
from benchmarks.job import Job
from benchmarks.visits import Visit

if TYPE_CHECKING:
    from benchmarks.findings import Errand
    from benchmarks.machine import Cores
    from benchmarks.site import Site

ON, OFF, STOCK = "all on", "all off", "stock Channels"
_SEVERAL_WINDOWS = 2.0  # of presence, or whoever came has gone before the first is told


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
    Question(optimisation="multiplexing", workload=TOPICS, figure="µs a topic", expected=(20, 30)),
    Question(optimisation="multiplexing", workload=TOPICS, figure="KB a topic", expected=(20, 30)),
    Question(
        optimisation="pooling", workload=FAN_OUT, figure="1: µs a delivery", expected=(30, 50)
    ),
    Question(optimisation="pooling", workload=FAN_OUT, figure="KB a connection", expected=(30, 50)),
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
    Question(
        optimisation="presence_batching",
        workload=PEOPLE,
        figure="messages a move",
        expected=(50, 70),
    ),
    Question(
        optimisation="deduplication",
        workload=REPETITIONS,
        figure="deliveries a message",
        expected=(10, 20),
    ),
    Question(
        optimisation="deduplication",
        workload=REPETITIONS,
        figure="µs a message",
        expected=(10, 20),
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
    followed: int = 4000  # topics, all connections together
    topics: int = 16  # on each connection, where one may follow many
    moves: float = 400.0  # people who come or go in a second
    listeners: int = 100  # who hear of people, and of what is repeated
    everywhere: bool = True  # the fan-out without those optimisations, too, that it is not for


WHOLE = Sizes()
QUICK = Sizes(
    rounds=1,
    warmup=0.2,
    seconds=0.4,
    followers=200,
    people=400,
    rooms=20,
    pages=2,
    followed=800,
    listeners=20,
    everywhere=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One variant in one workload."""

    workload: str
    variant: str
    errand: Errand

    def run(self, cores: Cores, site: Site) -> Figures:
        """Return the figures, or raise `RuntimeError`."""
        result = self.errand.run(cores, site)
        return READERS[self.workload](result)


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
    """One round: every workload with all on, and without each that it is for."""
    asked = [each for each in QUESTIONS if only in (None, each.optimisation)]
    left_out: dict[str, dict[str, None]] = {}  # of each workload, in order and once each
    for each in asked:
        left_out.setdefault(each.workload, {})[each.optimisation] = None
    if only is None:
        everywhere = names if sizes.everywhere else left_out[FAN_OUT]
        left_out[FAN_OUT] = dict.fromkeys([*everywhere, OFF, STOCK])
    return [
        _trial(workload, variant, sizes, names)
        for workload, variants in left_out.items()
        for variant in (ON, *variants)
    ]


def _trial(workload: str, variant: str, sizes: Sizes, names: tuple[str, ...]) -> Trial:
    without = {ON: "", OFF: ",".join(names), STOCK: ""}.get(variant, variant)
    if workload == FRAGMENTS:
        errand: Errand = Pages(without, sizes.pages)
    else:
        job = _job(workload, sizes, apart=variant == "multiplexing")
        errand = Visit(
            app="stock" if variant == STOCK else "goby",
            kind="uvicorn",
            job=job,
            environment={
                "GOBY_WITHOUT": without,
                "GOBY_API_KEYS": job.api_key,
                # Each who goes is told of at once, or in the window: that is the question.
                **({"BENCH_PRESENCE_GRACE": "0"} if workload == PEOPLE else {}),
            },
        )
    return Trial(workload=workload, variant=variant, errand=errand)


def _job(workload: str, sizes: Sizes, *, apart: bool) -> Job:
    jobs = {
        FAN_OUT: Job(mode="closed", subscribers=sizes.followers),
        ROOMS: Job(mode="rooms", subscribers=sizes.people, rooms=sizes.rooms, rate=sizes.rate),
        TOPICS: Job(
            mode="topics",
            subscribers=sizes.followed // (1 if apart else sizes.topics),
            topics=1 if apart else sizes.topics,
            rooms=sizes.topics,
        ),
        PEOPLE: Job(mode="people", subscribers=sizes.listeners, rate=sizes.moves),
        REPETITIONS: Job(
            mode="repetitions", subscribers=sizes.listeners, api_key=secrets.token_urlsafe(30)
        ),
    }
    seconds = max(sizes.seconds, _SEVERAL_WINDOWS) if workload == PEOPLE else sizes.seconds
    return replace(jobs[workload], warmup=sizes.warmup, seconds=seconds)
