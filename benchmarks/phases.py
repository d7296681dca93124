"""The two ways to load a topic: a closed loop for throughput, a paced one for latency.

Closed loop: as soon as *everybody* has a message another one leaves, so that always W are in
flight. It finds the rate that a server can hold without drowning it. Paced: so many messages a
second however the server fares, which is what people do.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Protocol

from benchmarks.machine import cpu_seconds
from benchmarks.tally import Tally, percentile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_DRAIN_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What was seen during one window of measurement; latencies in milliseconds."""

    name: str
    seconds: float
    messages: int
    deliveries: int
    missing: int
    frames: int
    p50_ms: float
    p99_ms: float
    all_p50_ms: float
    all_p99_ms: float
    load_busy: float
    server_busy: float
    p95_ms: float = 0.0
    bytes: int = 0

    @property
    def rate(self) -> float:
        """Deliveries a second: a message to 500 subscribers is 500 of them."""
        return self.deliveries / self.seconds


class Publishing(Protocol):
    """Who publishes; `refusal` is what the server said when it refused a message."""

    @property
    def refusal(self) -> str: ...

    def publish(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    at: float
    published: int
    delivered: int
    frames: int
    bytes: int
    load_cpu: float
    server_cpu: float


class Stage:
    """The subscribers' tally, the publisher and the server's processes: what a phase works with.

    What has not come `patience` seconds after its phase never comes.
    """

    def __init__(
        self,
        tally: Tally,
        publisher: Publishing,
        server_pids: Sequence[int],
        *,
        patience: float = _DRAIN_TIMEOUT,
    ) -> None:
        self.tally = tally
        self.publisher = publisher
        self.server_pids = server_pids
        self.patience = patience

    async def closed_loop(self, *, inflight: int, warmup: float, seconds: float) -> Window:
        """Keep `inflight` messages on their way for some seconds and measure."""
        async with self._pumped(inflight):
            await asyncio.sleep(warmup)
            begin = self._mark()
            self.tally.clear_latencies()
            await asyncio.sleep(seconds)
            window = self._window(str(inflight), begin)
        return await self._drained(window)

    async def paced(
        self, *, name: str, rate: float, seconds: float, until: asyncio.Event | None = None
    ) -> Window:
        """Publish `rate` messages a second; end early when `until` is set."""
        begin = self._mark()
        self.tally.clear_latencies()
        for turn in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begin.at + turn / rate - perf_counter()))
            if until is not None and until.is_set():
                break
            self.publisher.publish()
        await self._settle()
        return replace(self._window(name, begin), missing=self.tally.missing)

    async def burst(self, *, inflight: int, messages: int) -> None:
        """Publish so many messages as fast as the subscribers take them, without measuring."""
        last = self.tally.published + messages
        async with self._pumped(inflight, last):
            while self.tally.published < last:
                await self._settle()

    @asynccontextmanager
    async def _pumped(self, inflight: int, last: int = sys.maxsize) -> AsyncIterator[None]:
        tally, publish = self.tally, self.publisher.publish

        def pump() -> None:
            while tally.published < min(last, tally.floor + inflight):
                publish()

        tally.on_floor = pump
        try:
            pump()
            yield
        finally:
            tally.on_floor = None

    def _mark(self) -> _Mark:
        tally = self.tally
        return _Mark(
            at=perf_counter(),
            published=tally.published,
            delivered=tally.delivered,
            frames=tally.frames,
            bytes=tally.bytes,
            load_cpu=process_time(),
            server_cpu=sum(map(cpu_seconds, self.server_pids)),
        )

    def _window(self, name: str, begin: _Mark) -> Window:
        end, tally = self._mark(), self.tally
        seconds = end.at - begin.at
        return Window(
            name=name,
            seconds=seconds,
            messages=end.published - begin.published,
            deliveries=end.delivered - begin.delivered,
            missing=0,
            frames=end.frames - begin.frames,
            p50_ms=percentile(tally.samples, 0.5) * 1000,
            p99_ms=percentile(tally.samples, 0.99) * 1000,
            all_p50_ms=percentile(tally.complete, 0.5) * 1000,
            all_p99_ms=percentile(tally.complete, 0.99) * 1000,
            load_busy=(end.load_cpu - begin.load_cpu) / seconds,
            server_busy=(end.server_cpu - begin.server_cpu) / seconds,
            p95_ms=percentile(tally.samples, 0.95) * 1000,
            bytes=end.bytes - begin.bytes,
        )

    async def _settle(self) -> None:
        if self.publisher.refusal:
            raise ConnectionError(self.publisher.refusal)
        with suppress(TimeoutError):  # what never comes is counted as missing
            await asyncio.wait_for(self.tally.settled.wait(), self.patience)

    async def _drained(self, window: Window) -> Window:
        """Wait for what is on its way, then say how much never came."""
        await self._settle()
        return replace(window, missing=self.tally.missing)
