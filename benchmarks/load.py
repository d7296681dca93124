"""The load process: connects, publishes, measures, prints one line of JSON and ends.

A process of its own on a core of its own, with one clock for sending and receiving. Its hot path is
C (picows on uvloop) and a dozen Python instructions per frame; `load_busy` in its results says
whether it was ever the bottleneck.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

import uvloop

from benchmarks.ablation.people import measure_people
from benchmarks.ablation.repetitions import measure_repetitions
from benchmarks.ablation.topics import measure_topics
from benchmarks.clients import Door, Publisher, Subscriber, connect, connect_all, leave
from benchmarks.comeback import measure_recovery
from benchmarks.crowds import measure_busy_rooms, measure_crowds
from benchmarks.idle_crowd import measure_idle
from benchmarks.job import Job
from benchmarks.machine import raise_file_limit, resident_bytes
from benchmarks.phases import Stage
from benchmarks.rooms import measure_rooms
from benchmarks.server_stats import fetch_events, fetch_stats
from benchmarks.speeches import speech_of
from benchmarks.stalled_reader import measure_stalled
from benchmarks.tally import Tally

_SAMPLED = 10  # subscribers whose latencies are kept in the closed loop
_SPARE_FILES = 100


async def measure_fanout(job: Job) -> dict[str, Any]:
    """Subscribers and a publisher: a window for each number in flight, or one that is paced."""
    speech = speech_of(job.protocol, job.page_token)
    door, tally = Door(port=job.port), Tally(job.subscribers)
    stride = 1 if job.mode == "paced" else max(1, job.subscribers // _SAMPLED)
    makers = [
        partial(Subscriber, speech, tally, sampled=index % stride == 0)
        for index in range(job.subscribers)
    ]
    # Somebody comes before the crowd, so that no connection of it pays for what is once for all.
    publisher = await connect(door, Publisher(speech, tally, job.size))
    empty = await _held(job)
    crowd = await connect_all(door, makers)
    full = await _held(job)
    stage = Stage(tally, publisher, job.pids, patience=job.patience)
    before = await asyncio.to_thread(fetch_events, job.port)
    if job.mode == "paced":
        await stage.paced(name="warm-up", rate=job.rate, seconds=job.warmup)
        windows = [await stage.paced(name="paced", rate=job.rate, seconds=job.seconds)]
    else:
        windows = [
            await stage.closed_loop(inflight=inflight, warmup=job.warmup, seconds=job.seconds)
            for inflight in job.inflight
        ]
    after = await asyncio.to_thread(fetch_events, job.port)
    await leave([*crowd, publisher])
    return {
        "windows": [asdict(window) for window in windows],
        "published": tally.published,  # the site publishes more: who is there
        "each": {name: (full[name] - empty[name]) / job.subscribers for name in empty},
        "events": {name: count - before[name] for name, count in after.items()},
    }


async def _held(job: Job) -> dict[str, int]:
    """What the server holds for its connections; not every server has tasks."""
    stats = await asyncio.to_thread(fetch_stats, job.port)
    return {"bytes": sum(map(resident_bytes, job.pids)), "tasks": stats.get("tasks", 0)}


_MODES = {
    "closed": measure_fanout,
    "paced": measure_fanout,
    "stalled": measure_stalled,
    "idle": measure_idle,
    "recovery": measure_recovery,
    "rooms": measure_rooms,
    "topics": measure_topics,
    "people": measure_people,
    "repetitions": measure_repetitions,
    "crowds": measure_crowds,
    "busy rooms": measure_busy_rooms,
}


def main() -> None:
    """Run the job that the first argument describes."""
    job = Job.from_json(sys.argv[1])
    raise_file_limit(job.subscribers + _SPARE_FILES)
    gc.disable()  # a collection inside of the load would count as the server's latency
    result = uvloop.run(_MODES[job.mode](job))
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
