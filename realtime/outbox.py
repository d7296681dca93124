"""One connection's bounded buffer of frames: the only thing a publication costs per connection.

It appends references and never copies. It does no I/O: the flusher takes what has gathered. A
full outbox is dealt with by the policy of the frame that filled it (see `realtime.overflow`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime.overflow import drop_earlier, drop_oldest

if TYPE_CHECKING:
    from collections import Counter

    from realtime.codecs.joining import Message
    from realtime.crowd import Crowd
    from realtime.message import Frame

Send = Callable[[Any], Awaitable[None]]
# Takes what is ready for the line, unless that has to wait; a server may offer it in the scope's
# extensions by this name (see `realtime.direct`).
Write = Callable[[bytes], bool]
WRITE = "realtime.write"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ends: a close code and a reason for the client."""

    code: int
    reason: str


SLOW = Ending(3008, "slow")


def _shrug(topic: str) -> None:
    """Do nothing: the default for followers that keep no position."""


def go_silently(code: int, reason: str) -> None:
    """Say nothing: the default for kinds of connections that need no farewell."""


class Outbox:
    """Frames that wait for one connection.

    `lost` is called with a topic of which publications were missed.
    `send` is the ASGI send of the connection, `write` what it offers for what is ready to be
    written, `join` is its codec's; `ready` is called when the
    outbox turns from empty to not empty, `ended` once when nothing will be sent any more; `slow`
    is how this kind of connection ends when its peer does not keep up, and `farewell` makes the
    frame that tells it so. Nothing is sent while there is a frame `promised`.
    """

    __slots__ = (
        "_ended",
        "_farewell",
        "_ready",
        "crowds",
        "dropped",
        "ending",
        "frames",
        "join",
        "lost",
        "max_size",
        "promised",
        "queued",
        "send",
        "size",
        "slow",
        "write",
    )

    def __init__(
        self,
        *,
        send: Send,
        join: Callable[[list[Frame]], Message],
        ready: Callable[[Outbox], None],
        ended: Callable[[int], object],
        lost: Callable[[str], None] = _shrug,
        max_size: int,
        dropped: Counter[str],
        slow: Ending = SLOW,
        farewell: Callable[[int, str], Frame | None] = go_silently,
        write: Write | None = None,
    ) -> None:
        self.send = send
        self.write = write
        self.join = join
        self.max_size = max_size
        self.dropped = dropped
        self.slow = slow
        self.lost = lost
        self.crowds: list[Crowd] = []
        self.frames: list[Frame] = []
        self.size = 0
        self.queued = False
        self.ending: Ending | None = None
        self.promised: Frame | None = None
        self._farewell = farewell
        self._ready = ready
        self._ended: Callable[[int], object] | None = ended

    def put(self, frame: Frame) -> None:
        """Append a frame. A connection that is ending takes no more."""
        for crowd in self.crowds:
            if crowd.frames:
                crowd.settle(self)
        self._append(frame)

    def take_in(self, frames: list[Frame]) -> None:
        """Append frames of a crowd; nothing else of it has to come before them."""
        for frame in frames:
            self._append(frame)

    def is_free_for(self, crowd: Crowd) -> bool:
        """Return whether nothing is in the way of what this crowd has."""
        if self.queued or self.ending is not None:
            return False
        crowds = self.crowds
        return len(crowds) == 1 or not any(each.frames for each in crowds if each is not crowd)

    def _append(self, frame: Frame) -> None:
        if self.ending is not None:
            return
        if frame.overflow == "latest":
            drop_earlier(self, frame.topic)
        self.frames.append(frame)
        self.size += frame.size
        if not self.queued:
            self.queued = True
            self._ready(self)
        if self.size > self.max_size:
            self._shrink(frame)

    def hold(self) -> None:
        """Gather, but let nothing leave before `release`. For an outbox that is empty."""
        self.queued = True

    def release(self) -> None:
        """Let leave what was held."""
        self.queued = False
        self._wake()

    def promise(self, frame: Frame) -> None:
        """Append a frame that may turn out to be wrong; nothing leaves until that is known.

        What comes meanwhile stands behind it. Either `keep_promise` or `withdraw` has to follow.
        """
        self.put(frame)
        self.promised = frame

    def keep_promise(self) -> None:
        """Let the promised frame leave, and what came after it."""
        self.promised = None
        self._wake()

    def withdraw(self) -> None:
        """Take the promised frame back, if it still waits, and let leave what came after it."""
        promised, self.promised = self.promised, None
        for index, frame in enumerate(self.frames):
            if frame is promised:
                del self.frames[index]
                self.size -= frame.size
                break
        self._wake()

    def take(self, limit: int) -> list[Frame]:
        """Remove and return at most `limit` frames, the oldest first."""
        frames = self.frames
        if len(frames) <= limit:
            self.frames = []
            self.size = 0
            return frames
        self.frames = frames[limit:]
        batch = frames[:limit]
        self.size -= sum(frame.size for frame in batch)
        return batch

    def clear(self) -> None:
        """Forget what waited: it was sent."""
        self.frames = []
        self.size = 0
        self.queued = False

    def close(self, code: int, reason: str, *, last: Frame | None = None) -> None:
        """Send what waits, then `last`, then close. The first call decides the code.

        It does not wait for what was promised: that is taken back.
        """
        if self.ending is not None:
            return
        for crowd in self.crowds:
            crowd.settle(self)
        if self.promised is not None:
            self.withdraw()
        if last is not None:
            self.frames.append(last)
            self.size += last.size
        self.ending = Ending(code, reason)
        self._wake()

    def end(self, code: int) -> None:
        """Give up what waits and tell the connection that nothing will be sent any more."""
        self.ending = self.ending or Ending(code, "")
        self.frames = []
        self.size = 0
        if self._ended is not None:
            ended, self._ended = self._ended, None
            ended(code)

    def abandon(self) -> None:
        """Forget what waits: the connection is gone, and nobody has to be told.

        Nor does it hold on to its connection any more, which holds on to it.
        """
        self._ended = None
        self.end(0)
        self.lost, self._farewell, self.write = _shrug, go_silently, None

    @property
    def over(self) -> bool:
        """True if the connection was told its end, or is gone: nothing may be sent any more."""
        return self._ended is None

    def _wake(self) -> None:
        if not self.queued and (self.frames or self.ending is not None):
            self.queued = True
            self._ready(self)

    def _shrink(self, newest: Frame) -> None:
        if newest.overflow == "drop_oldest":
            drop_oldest(self)
        if self.size > self.max_size:
            self.dropped["close"] += len(self.frames)
            self.frames = []
            self.size = 0
            code, reason = self.slow.code, self.slow.reason
            self.close(code, reason, last=self._farewell(code, reason))
