"""The last publications of each topic, with offset and epoch, so that what was missed can be told.

An offset counts the publications of one topic from 1. An epoch names one life of the topic's
history: when the history is lost (a restart, an eviction) the epoch changes, and no position of
the old life can be mistaken for one of the new.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from realtime.epochs import Epochs
from realtime.exceptions import ConfigurationError
from realtime.message import Draft, Position, Publication
from realtime.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

NOWHERE = Position(0, "")

MAX_BYTES = 268_435_456
# Seconds by which a question about the past looks further back, for the rounding of clocks.
ROUNDING = 0.001

Recovery = Literal["stream", "latest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How much of a topic is kept: the last `size` publications, each for `ttl` seconds.

    The topic's position, and with it the epoch, is kept for `meta_ttl` seconds after the last
    publication, and after each question for it; what is followed is asked for at each position
    check. `recovery` says what a client that comes back is given: the whole `stream` that it
    missed, or only the `latest` publication.
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


@dataclass(frozen=True, slots=True)
class _Top:
    """The latest position of a topic with a publication, since when, and until when it is kept."""

    position: Position
    since: float
    until: float


@dataclass(slots=True, kw_only=True)
class HistoryStore:
    """All topics' histories in memory. `clock` is monotonic, in seconds.

    Topics beyond `max_topics` begin another life, publications beyond `max_bytes` in all go; in
    both cases those of the topic that was used the longest ago go first, which `evicted` counts by
    limit. A topic that was only asked for is not kept at all.
    """

    max_topics: int
    clock: Callable[[], float]
    max_bytes: int = MAX_BYTES
    evicted: Counter[str] = field(default_factory=Counter)
    _epochs: Epochs = field(default_factory=Epochs)
    _tops: OrderedDict[str, _Top] = field(default_factory=OrderedDict)
    _shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self._shelf = Shelf(max_bytes=self.max_bytes, evicted=self.evicted)

    def append(self, draft: Draft, history: History) -> Publication:
        """Give the draft the topic's next offset, keep it, and return it as a publication."""
        topic, now = draft.topic, self.clock()
        before = self._top(topic, now)
        publication = publish_at(draft, Position(before.offset + 1, before.epoch))
        gone = self._tops[topic].since + history.ttl if before.offset else -math.inf
        top = Position(publication.offset, publication.epoch)
        self._keep(topic, _Top(top, now, now + history.meta_ttl))
        until = now + history.ttl
        self._shelf.put(publication, limit=history.size, until=until, now=now, gone=gone)
        while len(self._tops) > self.max_topics:
            self.end(next(iter(self._tops)))
            self.evicted["topics"] += 1
        return publication

    def position(self, topic: str, history: History) -> Position:
        """Return the topic's latest position; offset 0 if nothing was published in this life.

        Who asks for a position needs it, so it is kept for another `meta_ttl`.
        """
        now = self.clock()
        top = self._top(topic, now)
        if top.offset:
            since = self._tops[topic].since
            self._keep(topic, _Top(top, since, now + history.meta_ttl))
        return top

    def position_before(self, topic: str, history: History, ago: float) -> Position:
        """Return the position that the topic had `ago` seconds ago, or an earlier one.

        Where that cannot be told, because what came since is not kept any more, it is offset 0.
        """
        top = self.position(topic, history)
        then = self.clock() - ago - ROUNDING
        if not top.offset or self._tops[topic].since < then:
            return top
        later = self._shelf.since(topic, then + history.ttl)
        return Position(0 if later is None else top.offset - later, top.epoch)

    def read(self, topic: str, history: History, query: Query) -> Page:
        """Return the part of a topic's history that is asked for, and its latest position."""
        top = self.position(topic, history)
        if query.limit == 0:
            return Page((), top)
        now = self.clock()
        self._shelf.sweep(now)
        kept = self._shelf.get(topic, now)
        if query.reverse:
            kept.reverse()
            found = [each for each in kept if query.since is None or each.offset < query.since]
        else:
            found = [each for each in kept if query.since is None or each.offset > query.since]
        return Page(tuple(found[: query.limit]), top)

    def remove(self, topic: str) -> None:
        """Forget a topic's publications, but not how many there were."""
        self._shelf.drop(topic)

    def end(self, topic: str) -> None:
        """Forget a topic: it begins another life, in which no position of this one is known."""
        if self._tops.pop(topic, None) is not None:
            self._epochs.end(topic)
            self._shelf.drop(topic)

    def __len__(self) -> int:
        return len(self._tops)

    @property
    def size(self) -> int:
        """How many bytes all publications take together."""
        return self._shelf.size

    def _top(self, topic: str, now: float) -> Position:
        known = self._tops.get(topic)
        if known is not None:
            if known.until > now:
                return known.position
            self.end(topic)
        return Position(0, self._epochs.of(topic))

    def _keep(self, topic: str, top: _Top) -> None:
        self._tops[topic] = top
        self._tops.move_to_end(topic)


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
