"""The memory broker keeps the contract, and needs no time for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from realtime.brokers import MemoryBroker
from realtime.history import HistoryStore, Page, Query
from tests.realtime.brokers.contract import KEEP, BrokerContract, Hearing, draft

if TYPE_CHECKING:
    from realtime.message import Publication


class TestMemoryBroker(BrokerContract):
    """The contract, and what this broker promises beyond it."""

    @pytest.fixture
    def broker(self) -> MemoryBroker:
        """A broker with a history of its own."""
        return MemoryBroker(HistoryStore(max_topics=100, clock=time.monotonic))

    async def test_publication_is_heard_in_the_call_that_published_it(
        self, broker: MemoryBroker, hearing: Hearing
    ) -> None:
        publishing = broker.publish(draft(), KEEP)

        with pytest.raises(StopIteration):  # it never suspends
            publishing.send(None)
        assert len(hearing.heard) == 1

    async def test_history_holds_a_publication_at_the_moment_it_is_heard(
        self, broker: MemoryBroker
    ) -> None:
        pages: list[Page] = []

        def listen(publication: Publication) -> None:
            with pytest.raises(StopIteration) as read:  # it never suspends
                broker.read(publication.topic, KEEP, Query(limit=1, reverse=True)).send(None)
            pages.append(read.value.value)

        await broker.start(listen)
        positions = [await broker.publish(draft(), KEEP) for _ in range(3)]

        assert [page.top for page in pages] == positions
        assert [page.publications[0].offset for page in pages] == [1, 2, 3]

    async def test_data_and_json_are_passed_on_without_a_copy(
        self, broker: MemoryBroker, hearing: Hearing
    ) -> None:
        made = draft(data={"a": [1]})

        await broker.publish(made, KEEP)

        assert hearing.heard[0].data is made.data
        assert hearing.heard[0].json is made.json
