"""The small pool of workers that empties the outboxes, and the clock that says when.

A send to a healthy peer never suspends: the server copies the bytes into the socket. So one worker
serves all ready outboxes in a plain loop, without a task or a queue per connection (the guide's
connection pool, section 3). Only a peer that does not read suspends it. The worker that suspends
stays with its peer, under a timeout, and the loop's next turn starts another for the rest: a
stalled peer costs itself and nobody else.

The clock is adaptive (section 5). When idle, an outbox is flushed on the next turn of the event
loop: batching then adds nothing. Under pressure, which is when the last flush joined several
publications, publications gather until a turn brings no more of them, for at most `max_wait`, or
until they make a few messages. There is no timer whose length would have to be right.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from realtime.crowd import Crowd
    from realtime.instrumentation import Instrumentation
    from realtime.message import Frame
    from realtime.outbox import Outbox, Write

WRITE_ERROR = 3009
LOST = 1006
# How many full messages publications gather to: what a write costs is shared well enough then.
MAX_MESSAGES = 4


class Flusher:
    """Sends what outboxes hold. `max_wait` and `send_timeout` are in seconds.

    All methods belong to the event loop on which `ready` was first called.
    """

    def __init__(
        self,
        *,
        max_size: int,
        max_wait: float,
        send_timeout: float,
        instrumentation: Instrumentation,
    ) -> None:
        self._max_size = max_size
        self._max_wait = max_wait
        self._send_timeout = send_timeout
        self._instrumentation = instrumentation
        self._ready: deque[Outbox] = deque()
        self._crowds: deque[Crowd] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._stalled: dict[asyncio.Task[None], asyncio.TimerHandle] = {}
        self._expired: set[asyncio.Task[None]] = set()
        self._gathered = 0
        self._gathered_before = 0

    def ready(self, outbox: Outbox) -> None:
        """Flush this outbox soon. An outbox calls it when it turns from empty to not empty."""
        self._ready.append(outbox)
        if self._worker is None:
            self._start_worker()

    def crowd_ready(self, crowd: Crowd) -> None:
        """Write to a crowd soon."""
        self._crowds.append(crowd)
        if self._worker is None:
            self._start_worker()

    def note_publication(self) -> None:
        """Tell the clock that a publication was put into outboxes."""
        self._gathered += 1

    @property
    def stalled(self) -> int:
        """How many workers wait for a peer that does not read."""
        return len(self._stalled)

    async def stop(self) -> None:
        """Give what waits one last flush, then end the workers that are with stalled peers."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._send_timeout
        while self._worker is not None and loop.time() < deadline:
            await asyncio.wait([self._worker], timeout=deadline - loop.time())
        tasks = [*self._stalled]
        for task in tasks:
            self._expire(task)
        if tasks:
            await asyncio.wait(tasks)

    def _start_worker(self) -> None:
        loop = asyncio.get_running_loop()
        self._worker = loop.create_task(self._work(loop), name="realtime-flusher")

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        me = cast("asyncio.Task[None]", asyncio.current_task())
        if self._gathered_before > 1:
            await self._gather(loop)
        self._gathered_before, self._gathered = self._gathered, 0
        relay = loop.call_soon(self._relay, me)
        try:
            while self._crowds:
                self._write_all(self._crowds.popleft())
            while self._ready and self._worker is me:
                outbox = self._ready.popleft()
                if not self._write(outbox):
                    await self._flush(outbox)
        finally:
            relay.cancel()
            if self._worker is me:
                self._worker = None
            if me in self._stalled:
                self._stalled.pop(me).cancel()
                self._expired.discard(me)

    async def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        deadline, most = loop.time() + self._max_wait, MAX_MESSAGES * self._max_size
        seen = 0
        while seen < self._gathered < most and loop.time() < deadline:
            seen = self._gathered
            await asyncio.sleep(0)

    def _relay(self, task: asyncio.Task[None]) -> None:
        """Run on the turn after a worker began, unless it is done: its peer does not read."""
        loop = asyncio.get_running_loop()
        self._stalled[task] = loop.call_later(self._send_timeout, self._expire, task)
        self._worker = None
        if self._ready or self._crowds:
            self._start_worker()

    def _expire(self, task: asyncio.Task[None]) -> None:
        self._expired.add(task)
        task.cancel()

    def _write_all(self, crowd: Crowd) -> None:
        """Write the same bytes to all of a crowd; who needs other ones gets the frames."""
        frames, known = crowd.take()
        line, written = b"", 0
        for outbox in crowd.outboxes():
            write = outbox.write
            if write is not None and outbox not in known and outbox.is_free_for(crowd):
                line = line or self._line(outbox, frames)
                if self._say(write, line):
                    written += 1
                    continue
            outbox.take_in(frames[known.get(outbox, 0) :])
        self._count(frames, written)

    def _write(self, outbox: Outbox) -> bool:
        """Write what waits at once, as far as the server offers that and nothing is special."""
        frames, write = outbox.frames, outbox.write
        if write is None or not frames or outbox.promised or outbox.ending:
            return False
        if not self._say(write, self._line(outbox, frames)):
            return False
        self._count(frames, 1)
        outbox.clear()
        return True

    def _line(self, outbox: Outbox, frames: list[Frame]) -> bytes:
        """Return what goes over the line, as it does to all with this codec."""
        try:
            return b"".join([outbox.join(each).wire for each in self._batches(frames)])
        except Exception:  # noqa: BLE001 - `_flush` meets it again, and knows what to do
            return b""

    def _say(self, write: Write, line: bytes) -> bool:
        try:
            return bool(line) and write(line)
        except Exception:  # noqa: BLE001 - `_flush` meets it again, and knows what to do
            return False

    def _batches(self, frames: list[Frame]) -> list[list[Frame]]:
        limit = self._max_size
        if len(frames) <= limit:
            return [frames]
        return [frames[start : start + limit] for start in range(0, len(frames), limit)]

    def _count(self, frames: list[Frame], connections: int) -> None:
        for batch in self._batches(frames):
            size = sum([frame.size for frame in batch])
            self._instrumentation.batch(len(batch), size, connections)

    async def _flush(self, outbox: Outbox) -> None:
        try:
            await self._send_all(outbox)
        except asyncio.CancelledError:
            if asyncio.current_task() not in self._expired:
                raise
            self._instrumentation.slow_closes += 1
            outbox.end(WRITE_ERROR)
        except Exception as error:  # noqa: BLE001 - whatever a server raises, this peer is gone
            self._instrumentation.hook("send failed", error=type(error).__name__)
            outbox.end(LOST)

    async def _send_all(self, outbox: Outbox) -> None:
        send, instrumentation, me = outbox.send, self._instrumentation, self._worker
        while outbox.frames and outbox.promised is None:
            size = outbox.size
            frames = outbox.take(self._max_size)
            size -= outbox.size
            await send(outbox.join(frames).event)
            instrumentation.batch(len(frames), size)
            if self._worker is not me:  # it took a while: leave the rest to a fresh worker
                self.ready(outbox)
                return
        outbox.queued = False  # if it still holds what it promised, it will say when
        if outbox.ending is not None and not outbox.over:
            code, reason = outbox.ending.code, outbox.ending.reason
            await send({"type": "websocket.close", "code": code, "reason": reason})
            outbox.end(code)
