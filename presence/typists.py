"""Who types where, for a few seconds after the last sign of it.

Only the first few of a room are told: from a few on it is "several people" anyway, and so a crowd
that types makes no more publications than a few people do. All marks last equally long, so they
stand in the order in which they end, and one timer serves all rooms.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable


@dataclass(eq=False, slots=True, kw_only=True)
class Typists:
    """The people who type, by room. `clock` and `ttl` are in seconds, `limit` is for a room.

    Each method that changes who types returns the rooms in which it did.
    """

    clock: Callable[[], float]
    ttl: float
    limit: int
    dropped: Counter[str]
    _rooms: dict[str, dict[str, str]] = field(default_factory=dict)  # room -> user -> name
    _ends: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)

    def mark(self, room: str, *, user: str, name: str) -> list[str]:
        """Take note that a user types."""
        typists = self._rooms.get(room, {})
        is_new = user not in typists
        if is_new and len(typists) >= self.limit:
            self.dropped["typing"] += 1
            return []
        self._ends[(room, user)] = self.clock() + self.ttl
        self._ends.move_to_end((room, user))
        if is_new:
            self._rooms.setdefault(room, typists)[user] = name
        return [room] if is_new else []

    def unmark(self, room: str, *, user: str) -> list[str]:
        """Take note that a user types no more."""
        if self._ends.pop((room, user), None) is None:
            return []
        typists = self._rooms[room]
        del typists[user]
        if not typists:
            del self._rooms[room]
        return [room]

    def expire(self) -> list[str]:
        """Forget those of whom there was no sign for too long."""
        now = self.clock()
        changed: dict[str, None] = {}
        while self._ends:
            (room, user), ends_at = next(iter(self._ends.items()))
            if ends_at > now:
                break
            changed.update(dict.fromkeys(self.unmark(room, user=user)))
        return list(changed)

    @property
    def next_end(self) -> float | None:
        """When the next one is forgotten, by the clock; None if nobody types."""
        return next(iter(self._ends.values()), None)

    def names(self, room: str) -> list[str]:
        """Return who types in a room, who began first standing first; from any thread."""
        return list(self._rooms.get(room, {}).values())
