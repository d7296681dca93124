"""What the server does while it is looked at: a fan-out at three loads, and a hundred rooms."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks.child import result_of
from benchmarks.job import Job
from benchmarks.profile.parts import Part, parts_of, shares_of
from benchmarks.profile.sampler import kernel_share, sample
from benchmarks.server_stats import fetch_stats
from benchmarks.servers import serving

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping
    from concurrent.futures import Future

    from benchmarks.machine import Cores
    from benchmarks.servers import Running
    from benchmarks.site import Site

_LOOK = 0.1
_SLACK = 4.0  # py-spy reads symbols before it begins, and shall see nobody leave
_SETTLED = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A job for the load; for how many seconds the server is timed alone, and then looked at."""

    name: str
    job: Job
    clock: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where the time went under one workload."""

    name: str
    shares: Mapping[Part, float]
    samples: Counter[Part]
    stacks: str


WHOLE = (
    *(
        Workload(
            name=f"{load} in flight",
            job=Job(mode="closed", inflight=(load,)),
            clock=5.0,
            seconds=10.0,
        )
        for load in (1, 16, 64)
    ),
    Workload(
        name="rooms",
        job=Job(mode="rooms", subscribers=2000, rooms=100, rate=25.0),
        clock=5.0,
        seconds=10.0,
    ),
)
QUICK = (
    Workload(
        name="4 in flight",
        job=Job(mode="closed", subscribers=20, inflight=(4,), warmup=0.1),
        clock=0.5,
        seconds=1.0,
    ),
    Workload(
        name="rooms",
        job=Job(mode="rooms", subscribers=12, rooms=3, rate=20.0, warmup=0.1),
        clock=0.5,
        seconds=1.0,
    ),
)


def profile(workload: Workload, cores: Cores, site: Site) -> Profile:
    """Start the server, load it, look at it meanwhile, and kill it."""
    with (
        serving("goby", "uvicorn", core=cores.server, environment=site.environment) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        seconds = workload.seconds + workload.clock + _SLACK
        job = replace(workload.job, port=server.port, server_pid=server.pid, seconds=seconds)
        title = f"The load of {workload.name}"
        load = pool.submit(
            result_of, "benchmarks.load", job.to_json(), core=cores.load, title=title
        )
        _await_everybody(server, job, load)
        time.sleep(job.warmup + _SETTLED)
        kernel = kernel_share(server.pid, seconds=workload.clock)
        stacks = sample(server.pid, seconds=workload.seconds, core=cores.load)
        load.result()
    found = parts_of(stacks.splitlines())
    return Profile(
        name=workload.name,
        shares=shares_of(found, kernel),
        samples=found,
        stacks=stacks,
    )


def _await_everybody(server: Running, job: Job, load: Future[dict[str, Any]]) -> None:
    """Return when all are connected: entering is not what is looked at."""
    while fetch_stats(server.port)["connections"] < job.subscribers:
        if load.done():
            load.result()
            raise RuntimeError("The load left before everybody was connected: run this again.")
        time.sleep(_LOOK)
