"""The ground truth: which message was sent to which room, and which follower has had it.

Every message must reach every follower of its room once. A follower keeps one bit for each message
of its room, so that an hour of a busy room costs it a few kilobytes, and a message that comes twice
is seen to do so however late.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

# What became of a message on the way to the server.
SENT, ANSWERED, REFUSED, CUT_OFF = range(4)


@dataclass(eq=False, slots=True)
class Room:
    """A room, those who follow it, and how many messages it was sent."""

    slug: str
    followers: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """How the account stands. `unanswered` were cut off on their way and never seen again."""

    expected: int
    delivered: int
    lost: int
    unanswered: int


class Ledger:
    """All messages of a test, by their numbers, which count from 0."""

    __slots__ = ("_fate", "_place", "_room", "_seen", "delivered", "doubled", "refused", "rooms")

    def __init__(self, slugs: tuple[str, ...]) -> None:
        self.rooms = [Room(slug) for slug in slugs]
        self.delivered = 0
        self.doubled = 0
        self.refused = 0
        self._room = array("L")
        self._place = array("L")  # in its room
        self._seen = array("L")
        self._fate = bytearray()

    @property
    def sent(self) -> int:
        """Messages that were handed to a connection."""
        return len(self._fate)

    def send(self, room: int) -> int:
        """Note that a message leaves for a room, and return its number."""
        self._room.append(room)
        self._place.append(self.rooms[room].messages)
        self._seen.append(0)
        self._fate.append(SENT)
        self.rooms[room].messages += 1
        return len(self._fate) - 1

    def settle(self, number: int, fate: int) -> None:
        """Note what became of a message; the first word counts."""
        if self._fate[number] == SENT:
            self._fate[number] = fate
            self.refused += fate == REFUSED

    def arrive(self, number: int, room: int, seen: bytearray) -> bool:
        """Note an arrival at a follower of `room`; return whether it was its first of this one.

        `seen` is the follower's own. What is of another room, or was never sent, counts as doubled.
        """
        if number >= len(self._fate) or self._room[number] != room:
            self.doubled += 1
            return False
        byte, bit = divmod(self._place[number], 8)
        if byte >= len(seen):
            seen.extend(bytes(byte + 1 - len(seen)))
        if seen[byte] & 1 << bit:
            self.doubled += 1
            return False
        seen[byte] |= 1 << bit
        self._seen[number] += 1
        self.delivered += 1
        return True

    def balance(self) -> Balance:
        """Return how the account stands now; at the end of a test, how it ended.

        A message that was refused, or cut off before its answer, is owed to everybody if
        anybody has it, and to nobody otherwise.
        """
        expected = unanswered = 0
        for room, seen, fate in zip(self._room, self._seen, self._fate, strict=True):
            if seen or fate in (SENT, ANSWERED):
                expected += self.rooms[room].followers
            elif fate == CUT_OFF:
                unanswered += 1
        return Balance(expected, self.delivered, expected - self.delivered, unanswered)
