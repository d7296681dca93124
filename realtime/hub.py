"""This process's subscriptions: hands a publication to those who follow its topic.

This is the fast path. A publication is encoded once per codec with which somebody follows the
topic; each follower gets a reference to that frame. Nothing here waits, and nothing costs more
because other clients or other topics exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from realtime.router import Router

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from realtime.catalog import Catalog
    from realtime.codecs.base import Codec
    from realtime.instrumentation import Instrumentation
    from realtime.message import Frame, Overflow, Publication
    from realtime.subscribers import Subscribers


class Follower(Protocol):
    """An outbox, or a channel's mailbox."""

    def put(self, frame: Frame) -> None:
        """Take a frame. It must not wait, raise, or change subscriptions."""
        ...


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
    ) -> None:
        self.router: Router[Follower] = Router()
        self._codecs = {codec.name: codec for codec in codecs}
        self._catalog = catalog
        self._subscribers = subscribers
        self._instrumentation = instrumentation
        self._noted = noted

    def subscribe(self, topic: str, codec: str, follower: Follower) -> bool:
        """Hand `follower` what is published on `topic` from now on. False if it follows already."""
        return self.router.add(topic, codec, follower)

    def unsubscribe(self, topic: str, codec: str, follower: Follower) -> bool:
        """Undo `subscribe`. False if it did not follow."""
        return self.router.remove(topic, codec, follower)

    def dispatch(self, publication: Publication) -> None:
        """Hand the publication to all who follow its topic, in the order in which they came."""
        resolved = self._catalog.resolve(publication.topic)
        overflow = resolved.options.overflow if resolved is not None else "close"
        for codec, followers in self.router.match(publication.topic):
            frame = self._encode(codec, publication, overflow)
            if frame is not None:
                for follower in followers:
                    follower.put(frame)
                self._instrumentation.delivered += len(followers)
        self._noted()
        self._subscribers.offer(publication)

    def _encode(self, codec: str, publication: Publication, overflow: Overflow) -> Frame | None:
        self._instrumentation.encoded[codec] += 1
        try:
            return self._codecs[codec].encode(publication, overflow)
        except Exception as error:  # noqa: BLE001 - a template's defect is no publisher's fault
            self._instrumentation.fail(f"encoding as {codec}", error)
            return None
