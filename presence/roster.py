"""Who is in which room, and what those who look on have been told of it.

A person may be in a room many times: with two pages and a program. What counts is the person. Who
leaves with the last connection stays for a grace, so that a page that loads anew makes no noise.

What changes is not told at once. It gathers, and `flush` compares the truth with what was told
before: whoever came and went in between is never mentioned, however often. Guests have no name.
They are counted, and one that comes takes the place of one whose grace is running.

Plain Python without timers: the one who feeds it asks when to come back (see `desk`).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import count, starmap
from typing import TYPE_CHECKING

from presence.people import GUEST, NOBODY, Attendance, Diff, Person

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable


@dataclass(eq=False, slots=True)
class _Room:
    """The truth about a room, what was told of it, and whom to look at for the next diff."""

    clients: dict[str, str] = field(default_factory=dict)  # connection -> user
    connections: dict[str, int] = field(default_factory=dict)  # user -> how many
    names: dict[str, str] = field(default_factory=dict)  # user -> name, also in the grace
    guests: int = 0
    parting: deque[int] = field(default_factory=deque)  # guests in their grace, oldest first
    told: dict[str, str] = field(default_factory=dict)
    told_guests: int = 0
    changed: set[str] = field(default_factory=set)
    reset: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.clients or self.names or self.told or self.guests or self.told_guests)


@dataclass(eq=False, slots=True, kw_only=True)
class Roster:
    """All rooms. `clock` and `grace` are in seconds.

    At most `max_changes` people of a room change between two diffs; what goes beyond is counted
    in `dropped`, and the diff is a reset.
    """

    clock: Callable[[], float]
    grace: float
    max_changes: int
    dropped: Counter[str]
    _rooms: dict[str, _Room] = field(default_factory=dict)
    # When whose grace ends, in that order: by room, user and, for guests, a number.
    _ends: OrderedDict[tuple[str, str, int], float] = field(default_factory=OrderedDict)
    _changed: dict[str, None] = field(default_factory=dict)  # rooms, in the order of their changes
    _numbers: count[int] = field(default_factory=count)

    def enter(self, room: str, *, client: str, user: str, name: str) -> None:
        """Let a connection of a user into a room; one that is there already changes nothing."""
        found = self._rooms.get(room)
        if found is None:
            found = self._rooms[room] = _Room()
        if client in found.clients:
            return
        found.clients[client] = user
        if user == GUEST:
            self._enter_guest(room, found)
        else:
            found.connections[user] = found.connections.get(user, 0) + 1
            self._ends.pop((room, user, 0), None)
            self._name(room, user, name)

    def leave(self, room: str, *, client: str) -> None:
        """Undo `enter`: who has no other connection there begins the grace."""
        found = self._rooms.get(room)
        user = found.clients.pop(client, None) if found is not None else None
        if found is None or user is None:
            return
        if user == GUEST:
            number = next(self._numbers)
            found.parting.append(number)
            self._ends[(room, GUEST, number)] = self.clock() + self.grace
            return
        found.connections[user] -= 1
        if not found.connections[user]:
            del found.connections[user]
            self._ends[(room, user, 0)] = self.clock() + self.grace

    def expire(self) -> None:
        """Let those go whose grace has ended."""
        now = self.clock()
        while self._ends:
            (room, user, _), ends_at = next(iter(self._ends.items()))
            if ends_at > now:
                return
            self._ends.popitem(last=False)
            found = self._rooms[room]
            if user == GUEST:
                found.parting.popleft()
                found.guests -= 1
                self._changed[room] = None
            else:
                self._name(room, user, None)

    @property
    def next_end(self) -> float | None:
        """When the next grace ends, by the clock; None if nobody is in one."""
        return next(iter(self._ends.values()), None)

    @property
    def has_changed(self) -> bool:
        """True if there may be something to tell."""
        return bool(self._changed)

    def flush(self) -> list[Diff]:
        """Return what changed, room by room, and count it as told. Nothing for no net change."""
        changed, self._changed = self._changed, {}
        diffs = [diff for room in changed if (diff := self._flush(room)) is not None]
        for room in changed:
            if self._rooms[room].is_empty:
                del self._rooms[room]
        return diffs

    def missed(self, room: str) -> None:
        """Take note that a diff could not be told: the next one is a reset."""
        found = self._rooms.setdefault(room, _Room())
        found.reset = True
        self._changed[room] = None

    def attendance(self, room: str, *, limit: int) -> Attendance:
        """Return who is in a room, sorted by name; beyond `limit` people only how many.

        From any thread: what is read here is copied in one step.
        """
        found = self._rooms.get(room)
        if found is None:
            return NOBODY
        told, guests = found.told, found.told_guests
        if len(told) > limit:
            return Attendance(None, len(told), guests)
        people = sorted((name, user) for user, name in told.copy().items())
        return Attendance(tuple(starmap(Person, people)), len(people), guests)

    def has(self, room: str, user: str) -> bool:
        """Return whether a user is in a room, as it was last told; from any thread."""
        found = self._rooms.get(room)
        return found is not None and user in found.told

    def __len__(self) -> int:
        return len(self._rooms)

    def _enter_guest(self, room: str, found: _Room) -> None:
        if found.parting:
            del self._ends[(room, GUEST, found.parting.popleft())]
        else:
            found.guests += 1
            self._changed[room] = None

    def _name(self, room: str, user: str, name: str | None) -> None:
        """Let a user be there under this name, or with None not at all."""
        found = self._rooms[room]
        if found.names.get(user) == name:
            return
        if name is None:
            del found.names[user]
        else:
            found.names[user] = name
        self._changed[room] = None
        if found.told.get(user) == name:
            found.changed.discard(user)
        elif user in found.changed or len(found.changed) < self.max_changes:
            found.changed.add(user)
        else:
            found.reset = True
            self.dropped["presence"] += 1

    def _flush(self, room: str) -> Diff | None:
        found = self._rooms[room]
        changed, reset = found.changed, found.reset
        guests_changed = found.guests != found.told_guests
        found.changed, found.reset, found.told_guests = set(), False, found.guests
        joins: list[Person] = []
        leaves: list[Person] = []
        if reset:
            found.told = dict(found.names)
        else:
            _tell(found, changed, joins, leaves)
        if not (joins or leaves or guests_changed or reset):
            return None
        return Diff(
            room=room,
            joins=tuple(joins),
            leaves=tuple(leaves),
            count=len(found.told),
            guests=found.guests,
            reset=reset,
        )


def _tell(room: _Room, changed: set[str], joins: list[Person], leaves: list[Person]) -> None:
    for user in changed:
        name = room.names.get(user)
        if name is None:
            leaves.append(Person(room.told.pop(user), user))
        else:
            room.told[user] = name
            joins.append(Person(name, user))
    joins.sort()
    leaves.sort()
