"""Who has received what: the load's bookkeeping, constant work for each frame.

`at[n]` counts the subscribers whose newest message is number n. A frame moves its subscriber from
one place to another; once the lowest place is empty, everybody has what came before. No set, no
search and no entry per subscriber and message: half a million deliveries a second leave about two
microseconds for each.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Tally:
    """Counts deliveries, finds the message that everybody has, keeps latencies in seconds."""

    __slots__ = (
        "at",
        "bytes",
        "complete",
        "delivered",
        "floor",
        "frames",
        "on_floor",
        "published_at",
        "samples",
        "settled",
        "subscribers",
        "wanted",
    )

    def __init__(self, subscribers: int) -> None:
        self.subscribers = subscribers
        self.at = [subscribers]
        self.wanted = 0  # deliveries, when nothing is lost
        self.published_at = [0.0]
        self.floor = 0
        self.delivered = 0
        self.frames = 0
        self.bytes = 0  # of their payloads
        self.samples: list[float] = []  # at some of the subscribers
        self.complete: list[float] = []  # at the last of them
        self.on_floor: Callable[[], None] | None = None
        self.settled = asyncio.Event()
        self.settled.set()

    @property
    def published(self) -> int:
        """Messages published so far, which is the number of the newest."""
        return len(self.published_at) - 1

    @property
    def missing(self) -> int:
        """Deliveries that should have come by now; negative when something came twice."""
        return self.wanted - self.delivered

    def publishing(self) -> int:
        """Note that the next message leaves now, and give it its number."""
        self.at.append(0)
        self.wanted += self.subscribers
        self.published_at.append(perf_counter())
        self.settled.clear()
        return self.published

    def sample(self, previous: int, newest: int) -> None:
        """Note how long the messages after `previous` took to one subscriber."""
        now = perf_counter()
        published_at = self.published_at
        self.samples.extend([now - published_at[n] for n in range(previous + 1, newest + 1)])

    def rise(self) -> None:
        """The lowest place is empty: go up to the first one that is not."""
        now = perf_counter()
        at, floor, published = self.at, self.floor, self.published
        while floor < published and not at[floor]:
            floor += 1
            self.complete.append(now - self.published_at[floor])
        self.floor = floor
        if floor == published:
            self.settled.set()
        if self.on_floor is not None:
            self.on_floor()

    def forget(self, newest: int) -> None:
        """Wait no longer for the subscriber whose newest message this was."""
        self.subscribers -= 1
        self.wanted -= self.published - newest
        self.at[newest] -= 1
        if newest == self.floor and not self.at[newest]:
            self.rise()

    def clear_latencies(self) -> None:
        """Begin a window of measurement."""
        self.samples = []
        self.complete = []


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies; 0.0 where there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
