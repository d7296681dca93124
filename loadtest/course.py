"""The course of a test: all come in, say what is due, wait for what is still on its way, and leave.

One event loop with one clock sends and receives. Whoever interrupts the test has the report of
what there is by then.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from loadtest.crowd import Crowd
from loadtest.ledger import Balance, Ledger
from loadtest.line import Run
from loadtest.marks import Marks
from loadtest.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from typing import Any

    from loadtest.plan import Plan
    from loadtest.progress import Progress
    from loadtest.user import User

# After the last message was sent the test waits for what is on its way until nothing has come for
# so long, and for a server that is still at it at most so long in all.
QUIET = 10.0
LONGEST_DRAIN = 120.0
_LOOK = 0.05
_SECOND = 1.0
# After so many messages without a pause, others have their turn.
_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a test was and how it went; `busy` is the share of its core that this process used."""

    plan: Plan
    rooms: tuple[str, ...]
    tally: Tally
    balance: Balance
    seconds: float
    busy: float
    began_at: float  # of all samples, when the first message was due
    interrupted: bool


class Course:
    """One test, from the first connection to the last."""

    def __init__(
        self, plan: Plan, slugs: tuple[str, ...], users: list[User], progress: Progress
    ) -> None:
        self._plan = plan
        self._slugs = slugs
        self._users = users
        self._progress = progress
        self._tally = Tally(Ledger(slugs))
        self._crowd = Crowd(plan, users, Run(Marks(), self._tally, plan.size))
        self._stop = asyncio.Event()
        self._began = perf_counter()

    async def run(self) -> Outcome:
        """Go through all of it, and return how it went."""
        with _interrupted_by(self._stop):
            clock = asyncio.create_task(self._sample())
            await self._unless_stopped(self._crowd.come())
            self._crowd.seat()
            gc.collect()
            gc.freeze()  # a walk over all users would count as the server's latency
            started, busy = perf_counter(), process_time()
            await self._measure()
            seconds, busy = perf_counter() - started, process_time() - busy
            await self._drain()
            clock.cancel()
            self._tally.sample(perf_counter() - self._began)
            balance = self._tally.ledger.balance()
            await self._crowd.go()
            gc.unfreeze()
        return Outcome(
            plan=self._plan,
            rooms=self._slugs,
            tally=self._tally,
            balance=balance,
            seconds=seconds,
            busy=busy / seconds if seconds else 0.0,
            began_at=started - self._began,
            interrupted=self._stop.is_set(),
        )

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something until it is done or the test is stopped."""
        tasks = {asyncio.create_task(work), asyncio.create_task(self._stopped())}
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for task in done:
            task.result()

    async def _stopped(self) -> None:
        await self._stop.wait()

    async def _measure(self) -> None:
        if self._stop.is_set() or not self._tally.connects:
            return
        storms = asyncio.create_task(self._storm())
        await self._unless_stopped(self._publish())
        storms.cancel()

    async def _publish(self) -> None:
        """Say what is due when it is due; what is late is not left out, and counts as late."""
        began = perf_counter()
        for said, (at, who) in enumerate(self._plan.schedule(), start=1):
            wait = began + at - perf_counter()
            if wait > 0 or not said % _AT_ONCE:
                await asyncio.sleep(max(0.0, wait))
            self._say(who, int((began + at) * 1e6))
        await asyncio.sleep(max(0.0, began + self._plan.seconds - perf_counter()))

    def _say(self, who: int, due: int) -> None:
        """Let a user say something, or the next of its room who is connected."""
        rooms = len(self._slugs)
        after, before = range(who, len(self._users), rooms), range(who % rooms, who, rooms)
        for number in chain(after, before):
            user = self._users[number]
            if user.is_connected and user.line is not None:
                user.line.say(self._tally.ledger.send(user.room), due)
                return
        self._tally.fail("nobody was there to say what was due")

    async def _storm(self) -> None:
        while self._plan.storm_every:
            await asyncio.sleep(self._plan.storm_every)
            self._crowd.storm(self._plan.storm_share)

    async def _sample(self) -> None:
        turn = 1
        while True:
            await asyncio.sleep(max(0.0, self._began + turn * _SECOND - perf_counter()))
            turn += 1
            sample = self._tally.sample(perf_counter() - self._began)
            self._progress.show(sample, self._tally)

    async def _drain(self) -> None:
        """Wait for what is on its way: what has no answer yet, and what not everybody has."""
        had, quiet = 0, 0.0
        for _ in range(round(LONGEST_DRAIN / _LOOK)):
            delivered = self._tally.ledger.delivered
            quiet = 0.0 if delivered > had else quiet + _LOOK
            had = delivered
            if quiet > QUIET or not self._is_waiting():
                return
            await asyncio.sleep(_LOOK)

    def _is_waiting(self) -> bool:
        if self._tally.ledger.balance().lost:
            return True
        return any(user.pending for user in self._users)


@contextmanager
def _interrupted_by(stop: asyncio.Event) -> Iterator[None]:
    """Let Ctrl-C stop the test, and a second one end the program at once, as it usually does."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, ValueError, RuntimeError):  # Windows, or not the main thread
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
