"""What was rendered is not rendered again: the guide's fragment cache (section 4, `GetOrRender`).

A fragment is looked up on the shelf; who does not find it boards the flight of its key. The leader
of a flight renders, lays the fragment down and lands, and all who boarded with it have it.

On an event loop nothing blocks. A coroutine awaits what a thread would wait for; a sync caller on
a loop never waits for others, and asks only a backend that answers from memory.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.utils.safestring import SafeString

from realtime.fragment_flights import Flights, alanding, landing, may_wait
from realtime.fragment_shelf import LONGEST_TTL, Shelf
from realtime.rendering import arendered, in_thread, rendered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from concurrent.futures import Future

    from realtime.fragment_shelf import Found, Place
    from realtime.instrumentation import Instrumentation

R = TypeVar("R")


class Order(NamedTuple):
    """A fragment that somebody wants: where it lies, and how it is made.

    Plain text that `render` returns is escaped, as it is in a template.
    """

    place: Place
    render: Callable[[], str | Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Miss:
    """An order for which nothing was found, and the flight that brings it."""

    order: Order
    found: Found
    key: str
    flight: Future[SafeString]
    leads: bool


class FragmentCache:
    """The fragments of one process; `ttl` in seconds is for those that say nothing else."""

    def __init__(
        self,
        *,
        alias: str,
        ttl: float,
        instrumentation: Instrumentation,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.shelf = Shelf(alias=alias, instrumentation=instrumentation, clock=clock)
        self._ttl = min(ttl, LONGEST_TTL)
        self._instrumentation = instrumentation
        self._clock = clock
        self._flights: Flights[SafeString] = Flights()
        self._tasks: set[asyncio.Task[None]] = set()
        self._counting = Lock()

    def get_or_render(
        self, orders: Sequence[Order], *, ttl: float | None = None
    ) -> list[SafeString]:
        """Return the fragments; what is missing is rendered, and then laid down in one visit.

        Raises what a render function raises, and `ValueError` for a `ttl` out of its bounds.
        """
        ttl = self._checked(ttl)
        on_loop = _is_on_event_loop()
        if on_loop and not self.shelf.is_instant():
            self._count(0, len(orders))
            return [self._rendered(order) for order in orders]
        seen = self._flights.landed
        found = self._fetch(orders)
        missing = [n for n, each in enumerate(found) if each.html is None]
        misses = {n: self._board(orders[n], found[n]) for n in missing}
        led = [miss for miss in misses.values() if miss.leads]
        if led:
            self._lead(led, ttl, seen)
        waits = not on_loop and may_wait()
        return [
            self._landed(misses[n], waits=waits) if each.html is None else SafeString(each.html)
            for n, each in enumerate(found)
        ]

    async def aget_or_render(self, order: Order, *, ttl: float | None = None) -> SafeString:
        """Return one fragment, from a coroutine. Raises what `get_or_render` raises.

        A coroutine function is awaited on this loop; any other function is called in a thread.
        """
        ttl = self._checked(ttl)
        seen = self._flights.landed
        [found] = await self._aside(self._fetch, [order])
        if found.html is not None:
            return SafeString(found.html)
        miss = self._board(order, found)
        html = None
        if miss.leads:
            # A task of its own: when this client goes away, others still wait for the fragment.
            task = asyncio.create_task(self._alead(miss, ttl, seen))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            html = await alanding(miss.flight, patience=None)
        elif may_wait():
            html = await alanding(miss.flight)
        return await self._arendered(order) if html is None else html

    async def aforget(self, stamp: str) -> None:
        """Forget what carries this stamp, without blocking the loop."""
        await self._aside(self.shelf.forget, stamp)

    def _checked(self, ttl: float | None) -> float:
        if ttl is None:
            return self._ttl
        if not 0 < ttl <= LONGEST_TTL:
            raise ValueError(
                f"A fragment's ttl is more than 0 and at most {LONGEST_TTL:,.0f} seconds. To show "
                "something new sooner, forget its key."
            )
        return ttl

    def _fetch(self, orders: Sequence[Order]) -> list[Found]:
        found = self.shelf.fetch([order.place for order in orders])
        misses = sum(each.html is None for each in found)
        self._count(len(found) - misses, misses)
        return found

    def _board(self, order: Order, found: Found) -> Miss:
        # With the stamp: who comes after a `forget` does not board with those from before it.
        key = f"{order.place.key} {found.stamp}"
        flight, leads = self._flights.board(key)
        return Miss(order, found, key, flight, leads)

    def _lead(self, led: Sequence[Miss], ttl: float, seen: int) -> None:
        made: dict[Place, Found] = {}
        with self._flights.leading({miss.key: miss.flight for miss in led}):
            found = [miss.found for miss in led]
            if self._flights.landed != seen:
                found = self.shelf.fetch([miss.order.place for miss in led])
            for miss, each in zip(led, found, strict=True):
                html = each.html
                if html is None:
                    with _told_to(miss.flight):
                        html = self._rendered(miss.order)
                    made[miss.order.place] = each._replace(html=html)
                miss.flight.set_result(SafeString(html))
            self.shelf.store(made, ttl)

    async def _alead(self, miss: Miss, ttl: float, seen: int) -> None:
        flight, place = miss.flight, miss.order.place
        leading = self._flights.leading({miss.key: flight})
        with suppress(Exception), leading, _told_to(flight):
            found = miss.found
            if self._flights.landed != seen:
                [found] = await self._aside(self.shelf.fetch, [place])
            html = found.html
            if html is None:
                html = await self._arendered(miss.order)
                await self._aside(self.shelf.store, {place: found._replace(html=html)}, ttl)
            flight.set_result(SafeString(html))

    def _landed(self, miss: Miss, *, waits: bool) -> SafeString:
        html = landing(miss.flight) if waits or miss.leads else None
        return self._rendered(miss.order) if html is None else html

    def _rendered(self, order: Order) -> SafeString:
        with self._timed():
            return rendered(order.render)

    async def _arendered(self, order: Order) -> SafeString:
        with self._timed():
            return await arendered(order.render)

    async def _aside(self, work: Callable[..., R], *arguments: object) -> R:
        if self.shelf.is_instant():
            return work(*arguments)
        return await in_thread(work, *arguments)

    def _count(self, hits: int, misses: int) -> None:
        with self._counting:
            self._instrumentation.fragment_hits += hits
            self._instrumentation.fragment_misses += misses

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = self._clock()
        try:
            yield
        finally:
            took = self._clock() - began
            with self._counting:
                self._instrumentation.fragment_rendered(took)


@contextmanager
def _told_to(flight: Future[SafeString]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        flight.set_exception(error)
        raise


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
