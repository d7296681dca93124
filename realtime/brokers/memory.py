"""The broker of a single process: no other service, no network, no waiting.

It hands a publication to the hub in the call that published it, so the order of calls is the
order of offsets. Its history ends with the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.exceptions import NotServingError
from realtime.history import NOWHERE, History, HistoryStore, Page, Query, publish_at
from realtime.message import Draft, Position

if TYPE_CHECKING:
    from realtime.brokers.base import OnPublication


class MemoryBroker:
    """Reaches the sockets of its own process only."""

    suspends = False

    def __init__(self, store: HistoryStore) -> None:
        self._store = store
        self._on_publication: OnPublication | None = None

    async def start(self, on_publication: OnPublication) -> None:
        """Begin to call `on_publication`."""
        self._on_publication = on_publication

    async def stop(self) -> None:
        """Call `on_publication` no more."""
        self._on_publication = None

    async def publish(self, draft: Draft, history: History | None) -> Position:
        """Keep the publication and hand it over; nothing here suspends."""
        if self._on_publication is None:
            raise NotServingError("The memory broker was stopped. Publish while the server runs.")
        if history is None:
            publication = publish_at(draft, NOWHERE)
        else:
            publication = self._store.append(draft, history)
        self._on_publication(publication)
        return Position(publication.offset, publication.epoch)

    async def read(self, topic: str, history: History, query: Query) -> Page:
        """Return the part of the topic's history that is asked for; nothing here suspends."""
        return self._store.read(topic, history, query)

    async def position_before(self, topic: str, history: History, ago: float) -> Position:
        """Return the position that the topic had then; nothing here suspends."""
        return self._store.position_before(topic, history, ago)

    async def remove(self, topic: str) -> None:
        """Forget the topic's publications; its offsets go on."""
        self._store.remove(topic)
