"""Who may have to do with a topic, and that nobody follows one twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.wire import LOBBY, publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime import registry
    from realtime.connections import Host
    from tests.wire import OpenData

PATIENCE = 5.0


class SlowBroker:
    """Lets something happen between what a history says and those who asked."""

    def __init__(self, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.release = asyncio.Event(), asyncio.Event()
        self._read = engine.pubsub.broker.read
        monkeypatch.setattr(engine.pubsub.broker, "read", self.read)

    async def read(self, *question: Any) -> Any:
        page = await self._read(*question)
        self.asked.set()
        await asyncio.wait_for(self.release.wait(), PATIENCE)
        return page

    async def waits(self) -> None:
        await asyncio.wait_for(self.asked.wait(), PATIENCE)


@pytest.fixture
def slow(engine: registry.Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[[], SlowBroker]:
    """Return a function that makes the broker slow."""
    return lambda: SlowBroker(engine, monkeypatch)


def host_of(engine: registry.Engine) -> Host:
    """Return what serves the only connection there is."""
    [connection] = engine.connections.everybody()
    assert connection.host is not None
    return connection.host


async def test_site_that_wants_what_the_client_is_about_to_follow_changes_nothing(
    engine: registry.Engine, open_data: OpenData, slow: Callable[[], SlowBroker]
) -> None:
    wire = await open_data()
    broker = slow()
    wire.ask("subscribe", channel=LOBBY)
    await broker.waits()

    await host_of(engine).subscribe(LOBBY)
    await publish(LOBBY, "once")
    broker.release.set()

    assert (await wire.next())["subscribe"]["recoverable"]
    assert (await wire.next())["push"]["pub"]["data"] == "once"
    await wire.works()


async def test_client_that_wants_what_the_site_is_about_to_let_it_follow_is_told_105(
    engine: registry.Engine, open_data: OpenData, slow: Callable[[], SlowBroker]
) -> None:
    wire = await open_data()
    broker = slow()
    unasked = asyncio.create_task(host_of(engine).subscribe(LOBBY))
    await broker.waits()

    reply = await wire.call("subscribe", channel=LOBBY)
    broker.release.set()
    await unasked

    assert reply["error"]["code"] == 105
    assert (await wire.next())["push"]["channel"] == LOBBY


async def test_place_of_a_topic_that_is_refused_is_free_again(
    engine: registry.Engine, open_data: OpenData
) -> None:
    wire = await open_data()

    codes = [(await wire.call("subscribe", channel="wire.closed"))["error"]["code"] for _ in "ab"]

    [connection] = engine.connections.everybody()
    assert codes == [103, 103]
    assert connection.topics == {}


async def test_topic_that_does_not_exist_is_refused_with_102(open_data: OpenData) -> None:
    wire = await open_data()

    assert (await wire.call("subscribe", channel="nowhere"))["error"]["code"] == 102
