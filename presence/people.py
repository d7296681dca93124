"""What is told of people: somebody, what changed in a room, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass

GUEST = ""  # the user id of everybody who is not signed in


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """Somebody who is signed in, by the name that others see."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed in a room since the last one, and how many are there now.

    With `reset` more changed than can be told: the list has to be asked for anew.
    """

    room: str
    joins: tuple[Person, ...]
    leaves: tuple[Person, ...]
    count: int
    guests: int
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who is in a room, as it was last told. `people` is None where they are only counted."""

    people: tuple[Person, ...] | None
    count: int
    guests: int

    @property
    def total(self) -> int:
        """Return how many there are, with the guests."""
        return self.count + self.guests


NOBODY = Attendance((), 0, 0)
