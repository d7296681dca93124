"""A roster whose clock a test moves, and a client of it that folds what it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from presence.roster import Roster
from tests.realtime.clock import Clock

if TYPE_CHECKING:
    from presence.people import Diff

ROOM = "test.room"


@dataclass
class Hall:
    """One room of a roster."""

    grace: float = 5.0
    max_changes: int = 1_000
    clock: Clock = field(default_factory=lambda: Clock(0.0))
    dropped: Counter[str] = field(default_factory=Counter)
    roster: Roster = field(init=False)

    def __post_init__(self) -> None:
        self.roster = Roster(
            clock=self.clock,
            grace=self.grace,
            max_changes=self.max_changes,
            dropped=self.dropped,
        )

    def enter(self, user: str, client: str = "", *, name: str = "") -> None:
        """Let somebody come; the client is named after the user where that is enough."""
        self.roster.enter(ROOM, client=client or user, user=user, name=name or user.title())

    def leave(self, client: str) -> None:
        """Let a connection go."""
        self.roster.leave(ROOM, client=client)

    def later(self, seconds: float) -> None:
        """Let time pass, and those go whose grace ends."""
        self.clock.now += seconds
        self.roster.expire()

    def flush(self) -> Diff | None:
        """Return what there is to tell of the room."""
        diffs = self.roster.flush()
        return diffs[0] if diffs else None


@dataclass
class Follower:
    """What a program knows that asked once for the list, and applies the diffs since."""

    people: dict[str, str] = field(default_factory=dict)
    guests: int = 0
    resets: int = 0

    def apply(self, diff: Diff, roster: Roster) -> None:
        """Fold a diff, or ask for the list again."""
        if diff.reset:
            self.resets += 1
            found = roster.attendance(diff.room, limit=100_000)
            self.people = {person.id: person.name for person in found.people or ()}
        for person in diff.joins:
            self.people[person.id] = person.name
        for person in diff.leaves:
            del self.people[person.id]
        self.guests = diff.guests
        assert diff.count == len(self.people)
