"""People come into a room and go again, one after the other, and others are told: presence.

All have their connections before it begins, so what is measured is coming and going alone.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.ablation.listeners import Heard, Listener, cpu_microseconds, until_all_heard
from benchmarks.clients import Client, Door, connect_all, leave
from benchmarks.wire import JSON

if TYPE_CHECKING:
    from benchmarks.job import Job

_ROOM = "bench.hall"
_ABOUT = "presence.in.bench:hall"


class Person(Client):
    """A guest, who is here or not."""

    def __init__(self) -> None:
        super().__init__(JSON, subscribe=False)
        self.is_here = False

    def move(self) -> None:
        """Come, or go."""
        if self.transport is None:
            raise ConnectionError("The person has no connection.")
        command = "unsubscribe" if self.is_here else "subscribe"
        self.is_here = not self.is_here
        text = json.dumps({"id": 2, command: {"channel": _ROOM}})
        self.transport.send(self.speech.kind, text.encode())


async def measure_people(job: Job) -> dict[str, Any]:
    """Half of the time people come, `job.rate` a second, then they go; `subscribers` are told."""
    heard, door = Heard(), Door(port=job.port)
    speech = replace(JSON, topic=_ABOUT)
    # Guests are counted, so the last thing to be told is that there is none.
    told = partial(Listener, speech, heard, word=b'"guests":', last=b'"guests":0')
    listeners = await connect_all(door, [told] * job.subscribers)
    people = await connect_all(door, [Person] * max(1, int(job.rate * job.seconds / 2)))
    spent, began = cpu_microseconds(job.pids), perf_counter()
    for turn, person in enumerate([*people, *people]):
        await asyncio.sleep(max(0.0, began + turn / job.rate - perf_counter()))
        person.move()
    await until_all_heard(listeners, job.patience)
    spent = cpu_microseconds(job.pids) - spent
    await leave([*listeners, *people])
    return {"moves": 2 * len(people), "microseconds": spent, **asdict(heard)}
