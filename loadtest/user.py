"""One user of the site: who and where it is, and what it has had; it outlives its connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loadtest.line import Line


@dataclass(frozen=True, slots=True)
class Seat:
    """How a user gets in: an address, headers, and on the Data socket perhaps a token."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    token: str = field(default="", repr=False)


@dataclass(eq=False, slots=True)
class User:
    """A user in the room with this number and name."""

    room: int
    slug: str
    seat: Seat
    # The messages of the room that it has had, one bit for each.
    seen: bytearray = field(default_factory=bytearray, repr=False)
    # What it said and has no answer to, in order.
    pending: dict[int, None] = field(default_factory=dict, repr=False)
    line: Line | None = field(default=None, repr=False)
    # Whether it ever got in: from then on it is owed everything.
    entered: bool = False
    # Whether it was we who cut its last connection.
    was_cut: bool = False
    # Where it was in its topic: the epoch, the offset, and the newest frame, which may know better.
    epoch: str = ""
    offset: int = 0
    newest: bytes = field(default=b"", repr=False)

    @property
    def is_connected(self) -> bool:
        """Whether it is in at this moment."""
        return self.line is not None and self.line.is_open
