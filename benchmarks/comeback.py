"""The network fails for everybody, and everybody comes back at once: with and without a loss.

The server goes on meanwhile. Both kinds of return take turns, so that a machine that slows down
slows both: the first tells what a thousand reconnects cost anyway, the second what it costs to give
each of them all that it missed. Replies are kept and read after the clock has stopped.
"""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from benchmarks.clients import Client, Door, Publisher, connect, connect_all
from benchmarks.machine import cpu_seconds
from benchmarks.replies import Account, account_of, subscribed
from benchmarks.server_stats import fetch_events, fetch_stats
from benchmarks.tally import Tally
from benchmarks.wire import JSON, Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from picows import WSFrame, WSTransport

    from benchmarks.job import Job

_LOOK = 0.05
_PATIENCE = 30.0


class Returning(Client):
    """A subscriber that comes back to where it was, and keeps what it is told."""

    def __init__(self, place: Place | None) -> None:
        super().__init__(JSON, subscribe=True)
        self.place = place
        self.told: list[bytes] = []

    def greeting(self) -> bytes:
        return JSON.greeting(subscribe=True, place=self.place)

    def aside(self, transport: WSTransport, frame: WSFrame, payload: bytes) -> None:
        self.told.append(payload)
        super().aside(transport, frame, payload)


class Crowd:
    """All who come to one server and go again, together."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.door = Door(port=job.port)
        self.clients: list[Returning] = []

    async def come(self, place: Place | None) -> dict[str, float]:
        """Everybody connects at once; return how long it took until the last had its answer."""
        makers = [partial(Returning, place)] * self.job.subscribers
        began, load, server = perf_counter(), process_time(), cpu_seconds(self.job.server_pid)
        self.clients = await connect_all(self.door, makers, at_once=self.job.subscribers)
        seconds = max(client.ready.result() for client in self.clients) - began
        return {
            "seconds": seconds,
            "load_busy": (process_time() - load) / seconds,
            "server_busy": (cpu_seconds(self.job.server_pid) - server) / seconds,
        }

    async def cut(self) -> None:
        """Every connection ends without a word; wait until the server knows."""
        for client in self.clients:
            if client.transport is not None:
                client.transport.underlying_transport.abort()
        self.clients = []
        await _until(self._nobody_is_there, "let go of those who were cut off")
        gc.collect()

    async def miss(self, publisher: Publisher) -> None:
        """Publish while nobody is there."""
        wanted = (await self.events())["published"] + self.job.missed

        async def done() -> bool:
            return (await self.events())["published"] >= wanted

        for _ in range(self.job.missed):
            publisher.publish()
        await _until(done, "accept what was published")

    async def events(self) -> dict[str, int]:
        """What the server did so far."""
        return await asyncio.to_thread(fetch_events, self.job.port)

    async def _nobody_is_there(self) -> bool:
        counts = await asyncio.to_thread(fetch_stats, self.job.port)
        return counts["subscriptions"] == 0 and counts["connections"] <= 1  # the publisher


async def measure_recovery(job: Job) -> dict[str, Any]:
    """Rounds of two returns each: one without a loss, one with `job.missed` publications."""
    crowd = Crowd(job)
    publisher = await connect(crowd.door, Publisher(JSON, Tally(0), job.size))
    await crowd.miss(publisher)  # so that the topic has a position, and every path was taken once
    await crowd.come(None)
    place = subscribed(crowd.clients[0].told).place
    rounds = []
    for _ in range(job.rounds):
        await crowd.cut()
        plain = await _return(crowd, place, missed=0)
        await crowd.cut()
        await crowd.miss(publisher)
        recovery = await _return(crowd, place, missed=job.missed)
        place = Place(place.offset + job.missed, place.epoch)
        rounds.append({"plain": plain, "recovery": recovery})
    if publisher.refusal:
        raise ConnectionError(publisher.refusal)
    await crowd.cut()
    return {"clients": job.subscribers, "missed": job.missed, "rounds": rounds}


async def _return(crowd: Crowd, place: Place, *, missed: int) -> dict[str, float]:
    before = await crowd.events()
    came = await crowd.come(place)
    after = await crowd.events()
    accounts = [account_of(subscribed(client.told), place, missed) for client in crowd.clients]
    once = {name: after[name] - before[name] for name in ("histories_read", "answers_encoded")}
    if missed and not all(once.values()):
        raise RuntimeError(f"The server recovered without a look at the history: {once}")
    return {**came, **once, **_sum(accounts)}


def _sum(accounts: Sequence[Account]) -> dict[str, int]:
    return {
        "unrecovered": sum(not account.recovered for account in accounts),
        "lost": sum(account.lost for account in accounts),
        "doubled": sum(account.doubled for account in accounts),
    }


async def _until(done: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = perf_counter() + _PATIENCE
    while not await done():
        if perf_counter() > deadline:
            raise RuntimeError(f"The server did not {what} within {_PATIENCE:.0f} s.")
        await asyncio.sleep(_LOOK)
