"""Server-side functions that follow topics: how Django apps react to what is published.

They run after the clients' outboxes were filled, one after the other in the order of publication,
on a single task: a slow subscriber delays other subscribers, never a client. What waits for them
is bounded; publications beyond that are dropped for subscribers and counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.message import Publication

if TYPE_CHECKING:
    from realtime.instrumentation import Instrumentation
    from realtime.router import Pattern

MAX_WAITING = 10_000

Function = Callable[[Publication], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Subscribers:
    """The process's server-side subscribers."""

    instrumentation: Instrumentation
    _functions: list[tuple[Pattern, Function]] = field(default_factory=list)
    _waiting: deque[tuple[Function, Publication]] = field(default_factory=deque)
    _task: asyncio.Task[None] | None = None

    def add(self, pattern: Pattern, function: Function) -> None:
        """Call `function` with every publication on topics that match `pattern`."""
        self._functions.append((pattern, function))

    def offer(self, publication: Publication) -> None:
        """Let those run that follow the publication's topic."""
        for pattern, function in self._functions:
            if pattern.match(publication.topic) is not None:
                self._enqueue(function, publication)

    async def drain(self) -> None:
        """Wait until everything that was offered has been handled."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def _enqueue(self, function: Function, publication: Publication) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self.instrumentation.dropped["subscriber"] += 1
            return
        self._waiting.append((function, publication))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._call(*self._waiting.popleft())
        finally:
            self._task = None

    async def _call(self, function: Function, publication: Publication) -> None:
        try:
            await function(publication)
        except asyncio.CancelledError as error:
            if self._task is None or self._task.cancelling():
                raise
            self.instrumentation.fail("subscriber", error)  # it awaited what somebody cancelled
        except Exception as error:  # noqa: BLE001 - one app's defect is not another's
            self.instrumentation.fail("subscriber", error)
