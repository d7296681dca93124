"""Django's cache as the shelf on which fragments lie: it may break or drag, pages may not.

What the backend raises is counted and logged here and goes no further: a shelf that cannot be
reached is an empty one. A backend that fails, or takes longer than `SLOW`, several times in a row
is left alone for some seconds.

Each fragment carries the stamp that its name had when its rendering began. `forget` changes the
stamp, and so drops all fragments of the name at once, whatever their language or template, also
those that are just being rendered from what was true before. So that a page of fragments need not
look up the stamp of each, they also carry a mark, of which there is one for all and which changes
with every `forget`: where it is still the same, nothing at all was forgotten.
"""

from __future__ import annotations

import math
import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache

from realtime.breaker import Breaker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.core.cache.backends.base import BaseCache

    from realtime.instrumentation import Instrumentation

R = TypeVar("R")

SLOW = 0.050
LONGEST_TTL = 86_400.0
# A stamp outlives every fragment that was rendered before it was changed.
STAMP_TTL = LONGEST_TTL + 3600.0

# Where the mark lies.
MARK = "goby:mark"


class Place(NamedTuple):
    """The backend's keys of one fragment, and of its stamp. (A page makes many: so a tuple.)"""

    key: str
    stamp: str


class Found(NamedTuple):
    """What lies at a place: None for nothing; and the stamp and mark that it has or would have."""

    html: str | None = None
    stamp: str = ""
    mark: str = ""


NOTHING = Found()


class Shelf:
    """The cache with the alias `alias`. Raises nothing that the backend raises."""

    def __init__(
        self,
        *,
        alias: str,
        instrumentation: Instrumentation,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alias = alias
        self._instrumentation = instrumentation
        self._clock = clock
        self.breaker = Breaker(clock=clock)

    def is_instant(self) -> bool:
        """Return whether it answers from this process's memory, so that the event loop may ask."""
        try:
            return isinstance(caches[self._alias], LocMemCache | DummyCache)
        except Exception:  # noqa: BLE001 - counted and logged when it is asked
            return False

    def fetch(self, places: Sequence[Place]) -> list[Found]:
        """Return what lies at each place. The backend is asked once, if all of it is good."""
        ticket = self.breaker.enter()
        found = self._ask("get", ticket, partial(_fetch, places)) if ticket is not None else None
        return found or [NOTHING] * len(places)

    def store(self, fragments: Mapping[Place, Found], ttl: float) -> None:
        """Lay fragments down for so many seconds, with the stamps and marks that were found."""
        ticket = self.breaker.enter()
        if ticket is None or not fragments:
            return
        values = {
            place.key: f"{found.mark}\n{found.stamp}\n{found.html}"
            for place, found in fragments.items()
        }
        self._ask("set", ticket, lambda cache: cache.set_many(values, _whole_seconds(ttl)))

    def forget(self, stamp: str) -> None:
        """Drop all that carries another stamp than the new one. Tried however the backend does."""
        # The mark comes last: where it is old, so is the stamp. A backend that is full drops what
        # was not used for longest, which are the old fragments and not their new stamp.
        values = {stamp: _new(), MARK: _new()}
        self._ask(
            "forget",
            self.breaker.enter(),
            lambda cache: cache.set_many(values, _whole_seconds(STAMP_TTL)),
        )

    def _ask(
        self, operation: str, ticket: int | None, question: Callable[[BaseCache], R]
    ) -> R | None:
        began = self._clock()
        answer = None
        try:
            answer = question(caches[self._alias])
        except Exception as error:  # noqa: BLE001 - whatever the backend has, the page is rendered
            self._instrumentation.fragment_failures[operation] += 1
            self._instrumentation.fail("fragment cache", error)
            well = False
        else:
            well = self._clock() - began <= SLOW
            if not well:
                self._instrumentation.fragment_failures["slow"] += 1
        if ticket is not None and self.breaker.leave(ticket, well=well):
            self._instrumentation.hook("fragment cache", state=self.breaker.state)
        return answer


def _fetch(places: Sequence[Place], cache: BaseCache) -> list[Found]:
    values = cache.get_many([MARK, *[place.key for place in places]])
    mark = values.get(MARK)
    found = [_read(values.get(place.key)) for place in places]
    doubtful = {n: places[n].stamp for n, each in enumerate(found) if each.mark != mark}
    if doubtful:
        # In this order: a fragment's stamp is never older than its mark.
        if not isinstance(mark, str):
            mark = _first_mark(cache)
        stamps = cache.get_many(set(doubtful.values()))
        for n, name in doubtful.items():
            stamp = str(stamps.get(name, ""))
            if found[n].html is None or found[n].stamp != stamp:
                found[n] = Found(None, stamp, mark)
    return found


def _first_mark(cache: BaseCache) -> str:
    mark = _new()
    return mark if cache.add(MARK, mark, _whole_seconds(STAMP_TTL)) else ""


def _read(value: Any) -> Found:
    if isinstance(value, str):
        mark, _, rest = value.partition("\n")
        stamp, end, html = rest.partition("\n")
        if end:
            return Found(html, stamp, mark)
    return NOTHING


def _new() -> str:
    return secrets.token_hex(8)


def _whole_seconds(ttl: float) -> int:
    return math.ceil(ttl)  # some backends cut fractions off, and 0 is nothing to them
