"""A full house: everybody comes, follows three topics, hears one message, leaves, comes again.

The server's memory is read while all are there and nothing happens, once for each time they come,
and without asking the server to collect garbage first: it is what the system sees. What grows from
one time to the next is what people leave behind.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.clients import Door, connect_all, leave
from benchmarks.idle_crowd import gone
from benchmarks.machine import resident_bytes
from benchmarks.phases import Stage
from benchmarks.rooms import Conversations, Member, RoomTally, measure_rooms
from benchmarks.wire import JSON, TOPIC, Place, Speech

if TYPE_CHECKING:
    from benchmarks.job import Job

_AT_ONCE = 100
_BUFFER = 1024
_WARM = 200  # who come and go first, so that imports and pools are not counted
_ROOM, _HALL = 20, 200  # people in each


@dataclass(frozen=True, slots=True)
class Following(Speech):
    """Connects and follows several topics in one frame; `topic`, where it speaks, is the last."""

    others: tuple[str, ...] = ()

    def greeting(self, *, subscribe: bool, place: Place | None = None) -> bytes:
        wanted = [
            json.dumps({"id": identity, "subscribe": {"channel": topic}}).encode()
            for identity, topic in enumerate((*self.others, self.topic), 2)
        ]
        return b"\n".join([Speech.greeting(self, subscribe=False), *wanted])

    def greeted(self, payload: bytes, *, subscribe: bool) -> bool:
        last = b'"id":%d,' % (2 + len(self.others))
        return Speech.greeted(self, payload, subscribe=subscribe) and last in payload


def following(index: int) -> Following:
    """How somebody speaks who follows a room, a hall and what is for everybody."""
    others = (f"bench.room-{index // _ROOM}", f"bench.hall-{index // _HALL}")
    return Following(JSON.protocol, JSON.publisher_path, JSON.subscriber_path, TOPIC, others)


async def measure_crowds(job: Job) -> dict[str, Any]:
    """Everybody comes once, and `job.rounds` times again."""
    await leave(await _come(replace(job, subscribers=min(_WARM, job.subscribers)), RoomTally(0, 1)))
    await gone(job)
    empty = resident_bytes(job.server_pid)
    comings = [await _coming(job) for _ in range(1 + job.rounds)]
    return {
        "empty_bytes": empty,
        "comings": comings,
        "bytes_each": (comings[0]["resident_bytes"] - empty) / job.subscribers,
        "connects_per_s": comings[0]["connected"] / comings[0]["connect_s"],
    }


async def measure_busy_rooms(job: Job) -> dict[str, Any]:
    """Rooms as ever, and the most memory that the server held at any moment."""
    result = await measure_rooms(job)
    return {**result, "peak_bytes": _peak_bytes(job.server_pid)}


async def _coming(job: Job) -> dict[str, Any]:
    tally = RoomTally(job.subscribers, job.subscribers)
    began = perf_counter()
    crowd = await _come(job, tally)
    seconds = perf_counter() - began
    await asyncio.sleep(job.seconds)
    resident = resident_bytes(job.server_pid)
    stage = Stage(tally, Conversations(crowd), job.pids, patience=job.patience)
    window = await stage.paced(name="one message to all", rate=1.0, seconds=1.0)
    counts = {"connected": len(crowd), "connect_s": seconds, "resident_bytes": resident}
    await leave(crowd)
    left = await gone(job)
    return {**counts, "left": left["connections"], "window": asdict(window)}


async def _come(job: Job, tally: RoomTally) -> list[Member]:
    door = Door(port=job.port, cookie=job.cookie)
    makers = [
        partial(Member, following(index), tally, job.size) for index in range(job.subscribers)
    ]
    return await connect_all(door, makers, at_once=_AT_ONCE, buffer=_BUFFER)


def _peak_bytes(pid: int) -> int:
    """The most memory that a process ever held (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
