"""Where histories keep their publications: bounded by number, by time and by bytes.

Each publication has a time at which it leaves. A heap holds one entry for each topic, so that
expired ones are found wherever they stand; each call throws out a few of them, more than it can
bring in. An entry whose time was wrong is put right when its turn comes, or skipped if its topic
is gone.
"""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter

    from realtime.message import Publication

# What a publication costs besides its text, in bytes; the data itself is counted like the text.
PUBLICATION_COST = 512
# So many topics are looked at in one call.
SWEEP = 32
# So many entries of topics that are gone stay in the heap at least.
SLACK = 64


@dataclass(frozen=True, slots=True)
class _Item:
    until: float
    size: int
    publication: Publication


@dataclass(eq=False, slots=True)
class _Stack:
    """One topic's publications, the oldest first, and when they are to be looked at again.

    `gone` is until when the latest would have been kept of those that are here no more.
    """

    due: float
    gone: float
    items: deque[_Item] = field(default_factory=deque)
    size: int = 0

    def drop_oldest(self) -> int:
        """Drop a publication, and return its size."""
        oldest = self.items.popleft()
        self.gone = oldest.until
        self.size -= oldest.size
        return oldest.size


@dataclass(slots=True, kw_only=True)
class Shelf:
    """All topics' publications. `max_bytes` bounds them together, as `cost_of` counts.

    Beyond it those of the topic that was used the longest ago go first. `evicted` counts the
    topics that lost theirs, and the publications that a topic lost that is too large by itself.
    """

    max_bytes: int
    evicted: Counter[str]
    size: int = 0
    _stacks: OrderedDict[str, _Stack] = field(default_factory=OrderedDict)
    _heap: list[tuple[float, str]] = field(default_factory=list)

    def put(
        self,
        publication: Publication,
        *,
        limit: int,
        until: float,
        now: float,
        gone: float = -math.inf,
    ) -> None:
        """Keep a publication as the latest of at most `limit` of its topic.

        `gone` is until when the one before it would be kept, should that be here no more.
        """
        stack = self._stack_of(publication.topic, until, gone)
        item = _Item(until, cost_of(publication), publication)
        stack.items.append(item)
        stack.size += item.size
        self.size += item.size
        while len(stack.items) > limit:
            self.size -= stack.drop_oldest()
        self.sweep(now)
        if self.size > self.max_bytes:
            self._make_room(now)

    def get(self, topic: str, now: float) -> list[Publication]:
        """Return a topic's publications, the oldest first."""
        stack = self._stacks.get(topic)
        if stack is None:
            return []
        self._stacks.move_to_end(topic)
        return [item.publication for item in stack.items if item.until > now]

    def since(self, topic: str, until: float) -> int | None:
        """Return how many of a topic's publications are kept until then or longer.

        None if others would be that are here no more.
        """
        stack = self._stacks.get(topic)
        if stack is None or stack.gone >= until:
            return None
        return sum(item.until >= until for item in stack.items)

    def drop(self, topic: str) -> None:
        """Forget a topic's publications."""
        stack = self._stacks.pop(topic, None)
        if stack is not None:
            self.size -= stack.size
            if len(self._heap) > 2 * len(self._stacks) + SLACK:
                self._heap = [(each.due, name) for name, each in self._stacks.items()]
                heapq.heapify(self._heap)

    def sweep(self, now: float) -> None:
        """Drop what is expired, of a few topics."""
        for _ in range(SWEEP):
            if not self._sweep_one(now):
                return

    def __len__(self) -> int:
        """Return of how many topics there are publications."""
        return len(self._stacks)

    def _stack_of(self, topic: str, until: float, gone: float) -> _Stack:
        stack = self._stacks.get(topic)
        if stack is None:
            stack = self._stacks[topic] = _Stack(until, gone)
            heapq.heappush(self._heap, (until, topic))
        else:
            self._stacks.move_to_end(topic)
        return stack

    def _sweep_one(self, now: float) -> bool:
        """Look at the topic whose turn it is; return False if none is due."""
        if not self._heap or self._heap[0][0] > now:
            return False
        due, topic = heapq.heappop(self._heap)
        stack = self._stacks.get(topic)
        if stack is None or stack.due != due:
            return True
        while stack.items and stack.items[0].until <= now:
            self.size -= stack.drop_oldest()
        if stack.items:
            # When the latest has gone, all have: so a topic is looked at once in its `ttl`.
            stack.due = stack.items[-1].until
            heapq.heappush(self._heap, (stack.due, topic))
        else:
            del self._stacks[topic]
        return True

    def _make_room(self, now: float) -> None:
        while self.size > self.max_bytes and self._sweep_one(now):
            pass
        while self.size > self.max_bytes and len(self._stacks) > 1:
            self.drop(next(iter(self._stacks)))
            self.evicted["bytes"] += 1
        if self.size > self.max_bytes:
            self._shorten(next(iter(self._stacks.values())))

    def _shorten(self, stack: _Stack) -> None:
        # The only topic that is left; its latest publication stays in any case.
        while self.size > self.max_bytes and len(stack.items) > 1:
            self.size -= stack.drop_oldest()
            self.evicted["bytes"] += 1


def cost_of(publication: Publication) -> int:
    """Return about how many bytes a publication takes while it is kept."""
    tags = publication.tags or {}
    size = 2 * len(publication.json) + PUBLICATION_COST
    return size + sum(len(name) + len(value) for name, value in tags.items())
