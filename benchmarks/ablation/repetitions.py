"""Each request to the server API is sent twice, as by a program that did not hear the answer.

A request publishes several messages, so that it is not HTTP alone that is measured.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from functools import partial
from http.client import HTTPConnection
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.ablation.listeners import Heard, Listener, cpu_microseconds, until_all_heard
from benchmarks.clients import Door, connect_all, leave
from benchmarks.wire import JSON, MARKER, TOPIC, numbered

if TYPE_CHECKING:
    from benchmarks.job import Job

_TIMES = 2
_IN_A_REQUEST = 16
_LAST = 9_999_999_999


class Program:
    """Publishes over HTTP, on one connection."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.connection = HTTPConnection("127.0.0.1", job.port, timeout=job.patience)

    def publish(self, numbers: range) -> None:
        """Publish the messages with these numbers in one request."""
        commands = [{"publish": self._publication(number)} for number in numbers]
        headers = {"X-API-Key": self.job.api_key}
        self.connection.request("POST", "/api/batch", json.dumps({"commands": commands}), headers)
        answer = self.connection.getresponse().read()
        if b'"error"' in answer:
            raise ConnectionError(f"The server refused a publication: {answer[:200]!r}")

    def _publication(self, number: int) -> dict[str, Any]:
        data = json.loads(numbered(number, self.job.size))
        return {"channel": TOPIC, "data": data, "idempotency_key": str(number)}


async def measure_repetitions(job: Job) -> dict[str, Any]:
    """Publish for some seconds; all that the listeners get counts, also what comes again."""
    heard, program = Heard(), Program(job)
    last = MARKER + b"%010d" % _LAST
    listening = partial(Listener, JSON, heard, word=MARKER, last=last)
    listeners = await connect_all(Door(port=job.port), [listening] * job.subscribers)
    await asyncio.to_thread(program.publish, range(_LAST - 1, _LAST))  # what is once for all
    number, spent, until = 0, cpu_microseconds(job.pids), perf_counter() + job.seconds
    while perf_counter() < until:
        numbers = range(number, number + _IN_A_REQUEST)
        for _ in range(_TIMES):
            await asyncio.to_thread(program.publish, numbers)
        number = numbers.stop
    await asyncio.to_thread(program.publish, range(_LAST, _LAST + 1))
    await until_all_heard(listeners, job.patience)
    spent = cpu_microseconds(job.pids) - spent
    program.connection.close()
    await leave(listeners)
    # The first and the last are published once each.
    heard.words -= 2 * job.subscribers
    return {"distinct": number, "microseconds": spent, **asdict(heard)}
