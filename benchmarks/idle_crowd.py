"""Many connections that do nothing: what each costs, how fast they come, what they leave behind."""

from __future__ import annotations

import asyncio
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.clients import Client, Door, connect_all, leave
from benchmarks.machine import resident_bytes
from benchmarks.server_stats import fetch_stats
from benchmarks.speeches import SPEECH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.job import Job

_BUFFER = 1024
_AT_ONCE = 100
_WARM = 200  # connections that come and go first, so that imports and pools are not counted
_LOOK = 0.2
_GONE_TIMEOUT = 30.0


async def measure_idle(job: Job) -> dict[str, Any]:
    """Connect, settle, compare with before, leave, and compare once more."""
    await leave(await _come(job, min(_WARM, job.subscribers)))
    empty = await gone(job)
    resident = resident_bytes(job.server_pid)

    began = perf_counter()
    crowd = await _come(job, job.subscribers)
    came = sorted(client.ready.result() for client in crowd)
    await asyncio.sleep(job.seconds)
    full = await asyncio.to_thread(fetch_stats, job.port, collect=True)
    held = resident_bytes(job.server_pid) - resident

    await leave(crowd)
    left = await gone(job, at_most=empty)
    return {
        "connections": full["connections"],
        "bytes_each": held / job.subscribers,
        "tasks_each": (full["tasks"] - empty["tasks"]) / job.subscribers,
        "stats_empty": empty,
        "stats_full": full,
        "stats_left": left,
        **_rates(came, began),
    }


async def _come(job: Job, count: int) -> list[Client]:
    door = Door(port=job.port, cookie=job.cookie)
    maker = partial(Client, SPEECH[job.protocol], subscribe=job.follow)
    return await connect_all(door, [maker] * count, at_once=_AT_ONCE, buffer=_BUFFER)


async def gone(job: Job, at_most: dict[str, int] | None = None) -> dict[str, int]:
    """Wait until the server holds no connection (and no more than before), or time is up."""
    deadline = perf_counter() + _GONE_TIMEOUT
    while True:
        counts = await asyncio.to_thread(fetch_stats, job.port)
        over = [name for name, most in (at_most or {}).items() if counts.get(name, 0) > most]
        if not (counts["connections"] or over) or perf_counter() > deadline:
            return counts
        await asyncio.sleep(_LOOK)


def _rates(came: Sequence[float], began: float) -> dict[str, float]:
    """Connects a second: all, the first fifth and the last fifth."""
    fifth = max(1, len(came) // 5)
    first = fifth / (came[fifth - 1] - began)
    last = fifth / max(came[-1] - came[-fifth - 1], 1e-9) if len(came) > fifth else first
    return {
        "connects_per_s": len(came) / (came[-1] - began),
        "first_per_s": first,
        "last_per_s": last,
    }
