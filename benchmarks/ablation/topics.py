"""The same topics followed on few connections, or each on one of its own: what multiplexing saves.

What a topic costs is all that the server does and keeps from the handshake on, by followed topic.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.ablation.listeners import cpu_microseconds
from benchmarks.clients import Client, Door, connect_all, leave
from benchmarks.machine import resident_bytes
from benchmarks.server_stats import fetch_stats
from benchmarks.wire import JSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picows import WSFrame, WSTransport

    from benchmarks.job import Job

_BUFFER = 1024
_FIRST = 10  # one of so many comes before the others, and pays for what is once for all


class Follower(Client):
    """Follows some topics on one connection, and is ready when it follows all."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(JSON, subscribe=True)
        self.topics = topics
        self.awaited = len(topics)

    def greeting(self) -> bytes:
        commands: list[dict[str, object]] = [{"id": 1, "connect": {}}]
        for number, topic in enumerate(self.topics, 2):
            commands.append({"id": number, "subscribe": {"channel": topic}})
        return b"\n".join(json.dumps(command).encode() for command in commands)

    def aside(self, transport: WSTransport, frame: WSFrame, payload: bytes) -> None:
        self.awaited -= payload.count(b'"subscribe"')
        if self.awaited <= 0 or self.speech.refused(payload):
            super().aside(transport, frame, payload)


async def measure_topics(job: Job) -> dict[str, Any]:
    """So many connections follow `job.topics` topics each, of `job.rooms` in all."""
    followed = [
        [f"bench.topic-{(index * job.topics + number) % job.rooms}" for number in range(job.topics)]
        for index in range(job.subscribers)
    ]
    first = len(followed) // _FIRST
    crowd = await _come(job, followed[:first])
    resident, spent = resident_bytes(job.server_pid), cpu_microseconds(job.pids)
    crowd += await _come(job, followed[first:])
    stats = await asyncio.to_thread(fetch_stats, job.port)
    count = (len(followed) - first) * job.topics
    result = {
        "subscriptions": stats["subscriptions"],
        "microseconds": (cpu_microseconds(job.pids) - spent) / count,
        "bytes": (resident_bytes(job.server_pid) - resident) / count,
        "tasks": stats["tasks"] / stats["subscriptions"],
    }
    await leave(crowd)
    return result


async def _come(job: Job, followed: Sequence[Sequence[str]]) -> list[Follower]:
    makers = [partial(Follower, topics) for topics in followed]
    return await connect_all(Door(port=job.port), makers, buffer=_BUFFER)
