"""The followers of one topic in one codec, and the frames that wait for all of them.

A publication that thousands follow would be appended to thousands of outboxes, only to be joined
and written there as the same message each time. So it waits here, once, and the flusher writes one
message to all. An outbox that has something else to send gets its frames before that: for its
connection it is as if they had been there all the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.outbox import Outbox
from realtime.router import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from realtime.message import Follower, Frame

# More bytes do not wait here: the outboxes have bounds, and policies for who does not keep up.
MAX_SIZE = 65_536
# Each of an outbox's crowds is looked at when one of them writes to it, so there are never many.
MAX_CROWDS = 8


class Crowd(Group["Follower"]):
    """Followers to whom much is said at once.

    `ready` is called when frames begin to wait. Followers that are no outboxes, and outboxes that
    belong to many crowds already, stand apart: they take each frame at once.
    """

    __slots__ = ("_apart", "_known", "_ready", "_size", "frames")

    def __init__(self, *, ready: Callable[[Crowd], None]) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self._size = 0
        self._ready = ready
        self._apart: dict[Follower, None] = {}
        # How many of the frames an outbox needs no more, because it has them or came after them.
        self._known: dict[Outbox, int] = {}

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same: others may have the same followers."""
        return self is other

    __hash__ = object.__hash__  # type: ignore[assignment]  # dicts have none

    def add(self, follower: Follower) -> None:
        """Let a follower have what comes from now on."""
        super().add(follower)
        if not isinstance(follower, Outbox) or len(follower.crowds) >= MAX_CROWDS:
            self._apart[follower] = None
            return
        follower.crowds.append(self)
        if self.frames:
            self._known[follower] = len(self.frames)

    def remove(self, follower: Follower) -> None:
        """Give a follower what it was to have, and nothing more."""
        super().remove(follower)
        if isinstance(follower, Outbox) and follower not in self._apart:
            self.settle(follower)
            self._known.pop(follower, None)
            follower.crowds.remove(self)
        else:
            del self._apart[follower]

    def put(self, frame: Frame) -> None:
        """Take a frame for all."""
        if frame.overflow != "close":  # a policy that goes by what waits for each
            super().put(frame)
            return
        for follower in self._apart:
            follower.put(frame)
        if len(self) == len(self._apart):
            return
        self.frames.append(frame)
        self._size += frame.size
        if self._size > MAX_SIZE:
            self.scatter()
        elif len(self.frames) == 1:
            self._ready(self)

    def settle(self, outbox: Outbox) -> None:
        """Give an outbox what waits for it."""
        if self.frames:
            waiting = self.frames[self._known.get(outbox, 0) :]
            self._known[outbox] = len(self.frames)
            outbox.take_in(waiting)

    def scatter(self) -> None:
        """Give all outboxes what waits for them."""
        frames, known = self.take()
        for outbox in self.outboxes():
            outbox.take_in(frames[known.get(outbox, 0) :])

    def take(self) -> tuple[list[Frame], Mapping[Outbox, int]]:
        """Remove and return what waits, and how much of it some need no more."""
        frames, known = self.frames, self._known
        self.frames, self._known, self._size = [], {}, 0
        return frames, known

    def outboxes(self) -> list[Outbox]:
        """Return the outboxes, as a list of its own."""
        apart = self._apart
        if not apart:
            return list(self)  # type: ignore[arg-type]  # none of another kind
        return [each for each in self if each not in apart]  # type: ignore[misc]  # as above
