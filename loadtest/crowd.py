"""The users' connections: each comes in when it is due, and comes back when it was cut off."""

from __future__ import annotations

import asyncio
import random
import ssl
from time import perf_counter
from typing import TYPE_CHECKING

from picows import WSError, WSHandshakeError, ws_connect

from loadtest.data_line import DataLine
from loadtest.page_line import PageLine

if TYPE_CHECKING:
    from loadtest.line import Line, Run
    from loadtest.plan import Plan
    from loadtest.user import User

# So many handshakes at once; a server that is slower than the ramp is not buried under them.
_HANDSHAKES = 100
_PATIENCE = 30.0
# Who was cut off is back within this time, so that a storm is one.
_BACK_WITHIN = 1.0
_LONGEST_BACK_OFF = 10.0
_READ_BUFFER = 4_096


class Crowd:
    """All users. Each has a task of its own, from `come` to `go`."""

    def __init__(self, plan: Plan, users: list[User], run: Run) -> None:
        self.users = users
        self._plan = plan
        self._run = run
        self._kind: type[Line] = DataLine if plan.socket == "data" else PageLine
        self._tls = ssl.create_default_context() if plan.site.ws.startswith("wss:") else None
        self._gate = asyncio.Semaphore(_HANDSHAKES)
        self._dice = random.Random(plan.seed)  # noqa: S311 - to be repeated, not to be secret
        self._tasks: list[asyncio.Task[None]] = []
        self._untried = set(users)
        self._tried = asyncio.Event()

    async def come(self) -> None:
        """Let all come in, spread over the ramp; return when each was in or was refused."""
        began, pause = perf_counter(), self._plan.ramp_seconds / len(self.users)
        for number, user in enumerate(self.users):
            await asyncio.sleep(max(0.0, began + number * pause - perf_counter()))
            self._tasks.append(asyncio.create_task(self._live(user)))
        await self._tried.wait()

    def seat(self) -> None:
        """From now on everybody who ever got in is owed every message; the others stay out."""
        for user, task in zip(self.users, self._tasks, strict=False):
            if user.entered:
                self._run.tally.ledger.rooms[user.room].followers += 1
            else:
                task.cancel()

    def storm(self, share: float) -> None:
        """Cut this share of the connections at once, without a word."""
        connected = [user.line for user in self.users if user.line and user.line.is_open]
        for line in self._dice.sample(connected, round(share * len(connected))):
            line.cut()

    async def go(self) -> None:
        """Let all leave, and wait for their tasks."""
        for task in self._tasks:
            task.cancel()
        for user in self.users:
            if user.line is not None:
                user.line.leave()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, Exception):  # which is a defect of ours; not a cancellation
                raise ended

    async def _live(self, user: User) -> None:
        failures = 0
        while True:
            problem = await self._try(user)
            if problem:
                self._run.tally.fail(problem)
                failures += 1
                await asyncio.sleep(min(2.0**failures, _LONGEST_BACK_OFF) * self._dice.random())
                continue
            failures = 0
            code = await user.line.ended if user.line is not None else 0
            if not user.was_cut:
                self._run.tally.fail(f"closed by the server with {code}")
            user.was_cut = False
            await asyncio.sleep(self._dice.uniform(0, _BACK_WITHIN))

    async def _try(self, user: User) -> str:
        """Enter, and note that it was tried, whatever came of it."""
        try:
            return await self._enter(user)
        finally:
            self._untried.discard(user)
            if not self._untried:
                self._tried.set()

    async def _enter(self, user: User) -> str:
        """Open a connection and wait until it is in; return why it is not, or an empty text."""
        async with self._gate:
            user.line = line = self._kind(user, self._run)
            try:
                async with asyncio.timeout(_PATIENCE):
                    await ws_connect(
                        lambda: line,
                        self._kind.address(user),
                        extra_headers=user.seat.headers,
                        ssl_context=self._tls,
                        websocket_handshake_timeout=None,
                        read_buffer_init_size=_READ_BUFFER,
                    )
                    problem = await line.ready
            except (OSError, WSError) as error:
                problem = problem_of(error)
            if problem:
                line.leave()
            return problem


def problem_of(error: Exception) -> str:
    """Return under which name a handshake that failed is counted."""
    if isinstance(error, WSHandshakeError) and error.response is not None:
        return f"handshake refused with HTTP {int(error.response.status)}"
    if isinstance(error, TimeoutError):
        return f"no answer within {_PATIENCE:.0f} s"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return f"no connection ({type(error).__name__})"
