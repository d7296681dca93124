"""The last publications of each topic, with offset and epoch, so that what was missed can be told.

An offset counts the publications of one topic from 1. An epoch names one life of the topic's
history: when the history is lost (a restart, an eviction) the epoch changes, and no position of
the old life can be mistaken for one of the new.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from realtime.exceptions import ConfigurationError
from realtime.message import Draft, Position, Publication

if TYPE_CHECKING:
    from collections.abc import Callable

NOWHERE = Position(0, "")

Recovery = Literal["stream", "latest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How much of a topic is kept: the last `size` publications, each for `ttl` seconds.

    The topic's position, and with it the epoch, is kept for `meta_ttl` seconds after the last
    publication. `recovery` says what a client that comes back is given: the whole `stream` that
    it missed, or only the `latest` publication.
    """

    size: int
    ttl: float
    meta_ttl: float = 30 * 86_400
    recovery: Recovery = "stream"

    def __post_init__(self) -> None:
        if self.size < 1 or self.ttl <= 0:
            raise ConfigurationError(
                "A History needs a size of at least 1 and a ttl of more than 0 seconds. "
                "Leave it out for a topic that keeps nothing."
            )
        if self.meta_ttl < self.ttl:
            raise ConfigurationError(
                "A History's meta_ttl is at least its ttl: a publication without its position "
                "could not be recovered. Leave it out, or raise it."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What part of a history is asked for.

    `since` is exclusive, an offset; None reads from the oldest, or the newest in `reverse`.
    A `limit` of 0 asks for the position alone.
    """

    limit: int
    since: int | None = None
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Publications of a history, and the topic's latest position when they were read."""

    publications: tuple[Publication, ...]
    top: Position


@dataclass(slots=True)
class _Kept:
    publications: deque[tuple[float, Publication]]
    expires_at: float


@dataclass(slots=True, kw_only=True)
class HistoryStore:
    """All topics' histories in memory. `clock` is monotonic, in seconds.

    Topics beyond `max_topics` lose theirs, the one that was used the longest ago first.
    """

    max_topics: int
    clock: Callable[[], float]
    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    _tops: OrderedDict[str, tuple[Position, float]] = field(default_factory=OrderedDict)

    def append(self, draft: Draft, history: History) -> Publication:
        """Give the draft the topic's next offset, keep it, and return it as a publication."""
        now = self.clock()
        before = self.position(draft.topic, history)
        publication = publish_at(draft, Position(before.offset + 1, before.epoch))
        self._move(draft.topic, Position(publication.offset, publication.epoch), history, now)
        kept = self._kept.setdefault(draft.topic, _Kept(deque(), 0))
        kept.publications.append((now + history.ttl, publication))
        while len(kept.publications) > history.size:
            kept.publications.popleft()
        kept.expires_at = now + history.ttl
        self._kept.move_to_end(draft.topic)
        self._trim(now)
        return publication

    def position(self, topic: str, history: History) -> Position:
        """Return the topic's latest position: offset 0 of a new epoch if there is none."""
        now = self.clock()
        known = self._tops.get(topic)
        if known is not None and known[1] > now:
            return known[0]
        self._kept.pop(topic, None)
        start = Position(0, secrets.token_urlsafe(6))
        self._move(topic, start, history, now)
        # Asking costs nobody else their history: this entry is the first to go.
        self._tops.move_to_end(topic, last=False)
        self._trim(now)
        return self._tops.get(topic, (start, now))[0]

    def read(self, topic: str, history: History, query: Query) -> Page:
        """Return the part of a topic's history that is asked for, and its latest position."""
        top = self.position(topic, history)
        if query.limit == 0:
            return Page((), top)
        kept = self._unexpired(topic)
        if query.reverse:
            kept.reverse()
            found = [each for each in kept if query.since is None or each.offset < query.since]
        else:
            found = [each for each in kept if query.since is None or each.offset > query.since]
        return Page(tuple(found[: query.limit]), top)

    def remove(self, topic: str) -> None:
        """Forget a topic's publications, but not how many there were."""
        self._kept.pop(topic, None)

    def __len__(self) -> int:
        return len(self._tops)

    def _unexpired(self, topic: str) -> list[Publication]:
        kept = self._kept.get(topic)
        now = self.clock()
        publications = kept.publications if kept is not None else ()
        return [publication for expires_at, publication in publications if expires_at > now]

    def _move(self, topic: str, top: Position, history: History, now: float) -> None:
        self._tops[topic] = (top, now + history.meta_ttl)
        self._tops.move_to_end(topic)

    def _trim(self, now: float) -> None:
        # Both maps stand in the order of the last use, and each entry leaves once.
        while self._kept and next(iter(self._kept.values())).expires_at <= now:
            self._kept.popitem(last=False)
        while len(self._tops) > self.max_topics:
            topic, _ = self._tops.popitem(last=False)
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
        tags=draft.tags,
    )
