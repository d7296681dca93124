"""Which publication ids were seen lately, so that a repetition is published once (guide section 8).

Where the first one went is remembered with its id, so that whoever repeats it gets that answer.
The window is bounded twice, by age and by number. Old ids leave when new ones come, so that
nothing has to sweep.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime.message import Position


@dataclass(slots=True, kw_only=True)
class Dedup:
    """A window of (topic, id) pairs. `ttl` is in seconds, `clock` a monotonic one."""

    ttl: float
    max_ids: int
    clock: Callable[[], float]
    # Not a plain dict: finding the first key of one from which many first ones left is slow.
    _seen: OrderedDict[tuple[str, str], tuple[float, Position | None]] = field(
        default_factory=OrderedDict
    )

    def first(self, topic: str, identity: str) -> bool:
        """Return True if the id is new on this topic within the window, and remember it.

        A repetition does not prolong the window.
        """
        now = self.clock()
        self._forget_old(now)
        key = (topic, identity)
        if key in self._seen:
            return False
        if len(self._seen) >= self.max_ids:
            self._seen.popitem(last=False)
        self._seen[key] = (now, None)
        return True

    def note(self, topic: str, identity: str, position: Position) -> None:
        """Remember where the first publication with this id went, for as long as the id."""
        seen = self._seen.get((topic, identity))
        if seen is not None:
            self._seen[topic, identity] = (seen[0], position)

    def position(self, topic: str, identity: str) -> Position | None:
        """Return where the first publication went, or None while it is on its way."""
        seen = self._seen.get((topic, identity))
        return seen[1] if seen is not None else None

    def forget(self, topic: str, identity: str) -> None:
        """Let the id be published again, because its first publication failed."""
        self._seen.pop((topic, identity), None)

    def __len__(self) -> int:
        return len(self._seen)

    def _forget_old(self, now: float) -> None:
        # Ids stand in the order of their times, and each one leaves once: constant on average.
        while self._seen and now - next(iter(self._seen.values()))[0] >= self.ttl:
            self._seen.popitem(last=False)
