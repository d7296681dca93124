"""Single flight: what many want at the same moment is made once, and all of them get it.

The first who wants a key leads; whoever comes while the leader is at work waits for what it makes,
in whatever thread or task. An exception of the leader is that of everybody. A leader that is
cancelled gives the flight up, and nobody waits for ever: who got nothing makes it for itself.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

V = TypeVar("V")

# A leader that takes longer is taken for one that waits for its own followers.
PATIENCE = 5.0

_leads: ContextVar[bool] = ContextVar("realtime_flights_leads", default=False)


class Flights(Generic[V]):
    """What is being made just now, by key."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._aloft: dict[str, Future[V]] = {}
        # How many landings there were: who saw the same number before it looked for something and
        # when it boarded knows that nobody has made it in between.
        self.landed = 0

    def __len__(self) -> int:
        return len(self._aloft)

    def board(self, key: str) -> tuple[Future[V], bool]:
        """Return the flight of a key, and whether the caller is to lead it."""
        with self._lock:
            future = self._aloft.get(key)
            if future is not None:
                return future, False
            future = self._aloft[key] = Future()
            return future, True

    @contextmanager
    def leading(self, flights: Mapping[str, Future[V]]) -> Iterator[None]:
        """Land these flights at the end of the block; give up those that have no result by then."""
        token = _leads.set(True)
        try:
            yield
        finally:
            _leads.reset(token)
            with self._lock:
                for key in flights:
                    del self._aloft[key]
                self.landed += 1
            for future in flights.values():
                future.cancel()


def may_wait() -> bool:
    """Return whether the caller may wait for others: not while others may wait for it.

    So no two leaders ever wait for each other.
    """
    return not _leads.get()


def landing(flight: Future[V], patience: float = PATIENCE) -> V | None:
    """Return what the leader made, or raise what it raised; None if it gave up or takes too long.

    Blocks the thread.
    """
    if not flight.done():
        concurrent.futures.wait([flight], patience)
    return flight.result() if flight.done() and not flight.cancelled() else None


async def alanding(flight: Future[V], patience: float | None = PATIENCE) -> V | None:
    """Do the same without blocking. Who is cancelled while it waits disturbs nobody else."""
    here = asyncio.wrap_future(flight)
    here.add_done_callback(_look_at)
    done, _ = await asyncio.wait([here], timeout=patience)
    return here.result() if done and not here.cancelled() else None


def _look_at(here: asyncio.Future[V]) -> None:
    # Where nobody waits any more, an exception is nobody's.
    if not here.cancelled():
        here.exception()
