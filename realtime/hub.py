"""This process's subscriptions: hands a publication to those who follow its topic.

This is the fast path. A publication is encoded once per codec with which somebody follows the
topic; each follower gets a reference to that frame. Nothing here waits, and nothing costs more
because other clients or other topics exist.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from realtime.crowd import Crowd
from realtime.message import Position
from realtime.router import Router

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from realtime.catalog import Catalog
    from realtime.codecs.base import Codec
    from realtime.instrumentation import Instrumentation
    from realtime.message import Change, Follower, Frame, Overflow, Publication
    from realtime.router import Group
    from realtime.subscribers import Subscribers


class Hub:
    """Subscriptions and dispatch. All methods belong to the event loop of the server.

    `noted` is called once per publication, for the flusher's clock.
    """

    def __init__(
        self,
        *,
        codecs: Iterable[Codec],
        catalog: Catalog,
        subscribers: Subscribers,
        instrumentation: Instrumentation,
        noted: Callable[[], None],
        ready: Callable[[Crowd], None] = Crowd.scatter,
    ) -> None:
        self.router: Router[Follower] = Router(group=partial(Crowd, ready=ready))
        self._codecs = {codec.name: codec for codec in codecs}
        self._catalog = catalog
        self._subscribers = subscribers
        self._instrumentation = instrumentation
        self._noted = noted
        # Who wants to hear of it when others come and go; also by topic and codec.
        self._listeners: Router[Follower] = Router()
        # The latest positions of followed topics, as far as somebody has asked for them.
        self._tops: dict[str, Position] = {}

    def subscribe(self, topic: str, codec: str, follower: Follower) -> bool:
        """Hand `follower` what is published on `topic` from now on. False if it follows already."""
        return self.router.add(topic, codec, follower)

    def unsubscribe(self, topic: str, codec: str, follower: Follower) -> bool:
        """Undo `subscribe` and `listen`. False if it did not follow."""
        removed = self.router.remove(topic, codec, follower)
        self._listeners.remove(topic, codec, follower)
        if topic in self._tops and not self.router.followers(topic):
            del self._tops[topic]
        return removed

    def listen(self, topic: str, codec: str, follower: Follower) -> None:
        """Tell `follower` from now on who else comes to a topic that it follows, and who goes."""
        self._listeners.add(topic, codec, follower)

    def learn(self, topic: str, top: Position) -> None:
        """Watch a followed topic's offsets from this position on, unless that is done already."""
        self._tops.setdefault(topic, top)

    def top(self, topic: str) -> Position | None:
        """Return the position of the last publication, or None for a topic not watched."""
        return self._tops.get(topic)

    @property
    def tops(self) -> dict[str, Position]:
        """The positions of all watched topics, as a copy."""
        return dict(self._tops)

    def lose(self, topic: str) -> None:
        """Tell the topic's followers that they missed something, and watch it no more."""
        self._tops.pop(topic, None)
        followers = [(codec, each) for codec, group in self.router.match(topic) for each in group]
        for codec, follower in followers:
            # They all begin anew, and need not hear before that who else does.
            self._listeners.remove(topic, codec, follower)
        for _, follower in followers:
            follower.lost(topic)

    def dispatch(self, publication: Publication) -> None:
        """Hand the publication to all who follow its topic, in the order in which they came."""
        if publication.offset and not self._in_order(publication):
            self._instrumentation.dropped["late"] += 1
            return
        resolved = self._catalog.resolve(publication.topic)
        overflow = resolved.options.overflow if resolved is not None else "close"
        for codec, followers in self.router.match(publication.topic):
            self._hand_over(codec, followers, publication, overflow)
        self._noted()
        self._subscribers.offer(publication)

    def announce(self, change: Change) -> None:
        """Tell those who listen that somebody came or went. Encoded once, as a publication is."""
        resolved = self._catalog.resolve(change.topic)
        closes = resolved is None or resolved.options.overflow == "close"
        # Of changes the latest alone says nothing, and it must not replace a publication.
        overflow: Overflow = "close" if closes else "drop_oldest"
        for codec, listeners in self._listeners.match(change.topic):
            frame = self._encode_change(codec, change, overflow)
            if frame is not None:
                for listener in listeners:
                    listener.put(frame)
                self._noted()

    def _hand_over(
        self,
        codec: str,
        followers: Group[Follower],
        publication: Publication,
        overflow: Overflow,
    ) -> None:
        frame = self._encode(codec, publication, overflow)
        if frame is not None:
            followers.put(frame)
            self._instrumentation.delivered += len(followers)

    def _in_order(self, publication: Publication) -> bool:
        # Checked once for the topic, and so not for each of its followers.
        top = self._tops.get(publication.topic)
        if top is None:
            return True
        if publication.epoch == top.epoch and publication.offset <= top.offset:
            return False
        if publication.epoch != top.epoch or publication.offset != top.offset + 1:
            self.lose(publication.topic)
        else:
            self._tops[publication.topic] = Position(publication.offset, publication.epoch)
        return True

    def _encode(self, codec: str, publication: Publication, overflow: Overflow) -> Frame | None:
        self._instrumentation.encoded[codec] += 1
        try:
            return self._codecs[codec].encode(publication, overflow)
        except Exception as error:  # noqa: BLE001 - a template's defect is no publisher's fault
            self._instrumentation.fail(f"encoding as {codec}", error)
            return None

    def _encode_change(self, codec: str, change: Change, overflow: Overflow) -> Frame | None:
        try:
            return self._codecs[codec].announce(change, overflow)
        except Exception as error:  # noqa: BLE001 - info that is no JSON must not keep it from going
            self._instrumentation.fail(f"encoding as {codec}", error)
            return None
