"""The last publications of each topic, with offset and epoch, so that what was missed can be told.

An offset counts the publications of one topic from 1. An epoch names one life of the topic's
history: when the history is lost (a restart, an eviction) the epoch changes, and no position of
the old life can be mistaken for one of the new.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.exceptions import ConfigurationError
from realtime.message import Draft, Position, Publication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NOWHERE = Position(0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How much of a topic is kept: the last `size` publications, each for `ttl` seconds."""

    size: int
    ttl: float

    def __post_init__(self) -> None:
        if self.size < 1 or self.ttl <= 0:
            raise ConfigurationError(
                "A History needs a size of at least 1 and a ttl of more than 0 seconds. "
                "Leave it out for a topic that keeps nothing."
            )


@dataclass(slots=True)
class _Kept:
    publications: deque[tuple[float, Publication]]
    expires_at: float


@dataclass(slots=True, kw_only=True)
class HistoryStore:
    """All topics' histories in memory. `clock` is monotonic, in seconds.

    Topics beyond `max_topics` lose theirs, the one that was published to the longest ago first.
    """

    max_topics: int
    clock: Callable[[], float]
    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    _positions: OrderedDict[str, Position] = field(default_factory=OrderedDict)

    def append(self, draft: Draft, history: History) -> Publication:
        """Give the draft the topic's next offset, keep it, and return it as a publication."""
        now = self.clock()
        before = self.position(draft.topic)
        position = Position(before.offset + 1, before.epoch or _new_epoch())
        publication = publish_at(draft, position)
        self._positions[draft.topic] = position
        self._positions.move_to_end(draft.topic)
        kept = self._kept.setdefault(draft.topic, _Kept(deque(), 0))
        kept.publications.append((now + history.ttl, publication))
        while len(kept.publications) > history.size:
            kept.publications.popleft()
        kept.expires_at = now + history.ttl
        self._kept.move_to_end(draft.topic)
        self._trim(now)
        return publication

    def position(self, topic: str) -> Position:
        """Return the position of the topic's latest publication; offset 0 if there is none."""
        return self._positions.get(topic, NOWHERE)

    def since(self, topic: str, offset: int) -> list[Publication]:
        """Return the kept publications after `offset`, the oldest first."""
        return [kept for kept in self._unexpired(topic) if kept.offset > offset]

    def __len__(self) -> int:
        return len(self._positions)

    def _unexpired(self, topic: str) -> Iterable[Publication]:
        kept = self._kept.get(topic)
        if kept is None:
            return
        now = self.clock()
        for expires_at, publication in kept.publications:
            if expires_at > now:
                yield publication

    def _trim(self, now: float) -> None:
        # Both maps stand in the order of the last publication, and each entry leaves once.
        while self._kept and next(iter(self._kept.values())).expires_at <= now:
            self._kept.popitem(last=False)
        while len(self._positions) > self.max_topics:
            topic, _ = self._positions.popitem(last=False)
            self._kept.pop(topic, None)


def publish_at(draft: Draft, position: Position) -> Publication:
    """Return the draft as the publication at this position."""
    return Publication(
        topic=draft.topic,
        data=draft.data,
        json=draft.json,
        offset=position.offset,
        epoch=position.epoch,
        id=draft.id,
        info=draft.info,
        published_at=draft.published_at,
    )


def _new_epoch() -> str:
    return secrets.token_urlsafe(6)
