"""One subscriber stops to read: what do the others notice, and when does the server let go?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.clients import Door, Publisher, Subscriber, connect, connect_all, leave
from benchmarks.machine import resident_bytes
from benchmarks.phases import Stage
from benchmarks.server_stats import fetch_stats
from benchmarks.speeches import SPEECH
from benchmarks.tally import Tally

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from benchmarks.job import Job

_SAMPLED = 50
_LOOK = 0.25
_BURST = 16  # messages in flight while the buffers of the stalled connection fill
_BURST_BYTES = 256 * 1024


class _Watch:
    """Looks at the server four times a second: who is there, and what it holds."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.began = perf_counter()
        self.connections = 0
        self.peak = 0
        self.closed = asyncio.Event()
        self.closed_after: float | None = None

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Look for the length of the block."""
        task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            task.cancel()

    async def _look(self) -> None:
        while True:
            counts = await asyncio.to_thread(fetch_stats, self.job.port)
            self.note(counts, resident_bytes(self.job.server_pid))
            await asyncio.sleep(_LOOK)

    def note(self, counts: dict[str, int], resident: int) -> None:
        """Compare with what was seen before."""
        self.peak = max(self.peak, resident)
        if counts["connections"] < self.connections and not self.closed.is_set():
            self.closed_after = perf_counter() - self.began
            self.closed.set()
        self.connections = max(self.connections, counts["connections"])


async def measure_stalled(job: Job) -> dict[str, Any]:
    """Latency with everybody reading, then while the server is stuck with one who does not."""
    speech, door, tally = SPEECH[job.protocol], Door(port=job.port), Tally(job.subscribers)
    stride = max(1, job.subscribers // _SAMPLED)
    lazy = await connect(door, Subscriber(speech, tally, sampled=False), small_window=True)
    makers = [
        partial(Subscriber, speech, tally, sampled=index % stride == 0)
        for index in range(job.subscribers - 1)
    ]
    crowd = await connect_all(door, makers)
    publisher = await connect(door, Publisher(speech, tally, job.size))
    stage = Stage(tally, publisher, job.pids)
    await stage.closed_loop(inflight=_BURST, warmup=0.0, seconds=job.warmup)

    watch = _Watch(job)
    async with watch.looking():
        reading = await stage.paced(name="all read", rate=job.rate, seconds=job.seconds)
        before = resident_bytes(job.server_pid)
        watch.began = perf_counter()
        lazy.stall()
        tally.forget(lazy.newest)
        await stage.burst(inflight=_BURST, messages=_BURST_BYTES // job.size)
        stalled = await stage.paced(
            name="one stalled", rate=job.rate, seconds=job.patience, until=watch.closed
        )
    after = fetch_stats(job.port)["connections"]
    await leave([*crowd, publisher])
    return {
        "windows": [asdict(reading), asdict(stalled)],
        "connected": watch.connections,
        "connected_after": after,
        "closed_after_s": watch.closed_after,
        "grown_bytes": max(0, watch.peak - before),
    }
