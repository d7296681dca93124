"""Publish: by clients, where the topic allows it, and how it is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.wire import LOBBY, disconnect_push, publish

if TYPE_CHECKING:
    from realtime import History, registry
    from realtime.message import Draft, Position
    from tests.wire import OpenData


async def test_publish_where_the_topic_allows_it_reaches_all_after_the_reply(
    open_data: OpenData, engine: registry.Engine
) -> None:
    publisher, other = await open_data(), await open_data()
    for wire in (publisher, other):
        await wire.call("subscribe", channel=LOBBY)

    reply = await publisher.call("publish", channel=LOBBY, data={"text": "hi"})

    assert reply == {"id": 3, "publish": {}}
    for wire in (publisher, other):
        pub = (await wire.push())["pub"]
        assert pub["data"] == {"text": "hi"}
        assert pub["offset"] == 1
        assert pub["info"]["client"] in {item.id for item in engine.connections._all}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"channel": "wire.nothing", "data": 1}, 102),
        ({"channel": "wire.plain", "data": 1}, 103),
        ({"channel": "wire.failing", "data": 1}, 100),
        ({"channel": LOBBY}, 107),
        ({"data": 1}, 107),
    ],
)
async def test_publish_that_may_not_be_is_refused(
    body: dict[str, object], code: int, open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    reply = await wire.call("publish", **body)

    assert reply["error"]["code"] == code
    assert engine.instrumentation.published == 0


async def test_publish_of_data_that_nests_too_deeply_is_refused(open_data: OpenData) -> None:
    wire = await open_data()
    nested: list[object] = []
    for _ in range(400):
        nested = [nested]

    assert (await wire.call("publish", channel=LOBBY, data=nested))["error"]["code"] == 107


async def test_publish_that_fails_is_refused_and_was_not_confirmed_before(
    open_data: OpenData, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = await open_data()

    async def broken(*_arguments: object) -> None:
        raise ConnectionError("The network is gone.")

    monkeypatch.setattr(engine.pubsub.broker, "publish", broken)
    reply = await wire.call("publish", channel=LOBBY, data=1)

    assert reply["error"] == {"code": 100, "message": "internal server error", "temporary": True}
    assert engine.instrumentation.failures == {"publish": 1}
    await wire.works()


@pytest.mark.parametrize("fails", [False, True])
async def test_reply_waits_for_a_broker_that_takes_long_and_still_comes_first(
    open_data: OpenData,
    engine: registry.Engine,
    monkeypatch: pytest.MonkeyPatch,
    *,
    fails: bool,
) -> None:
    wire, other = await open_data(), await open_data()
    await wire.call("subscribe", channel=LOBBY)
    broker, began, release = engine.pubsub.broker, asyncio.Event(), asyncio.Event()
    at_once = broker.publish

    async def slow(draft: Draft, history: History | None) -> Position:
        if draft.data != "slow":
            return await at_once(draft, history)
        began.set()
        await release.wait()
        if fails:
            raise ConnectionError("The network is gone.")
        return await at_once(draft, history)

    monkeypatch.setattr(broker, "publish", slow)
    wire.ask("publish", channel=LOBBY, data="slow")
    await began.wait()
    await publish(LOBBY, "of another")
    await other.works()
    assert wire.outgoing.empty()

    release.set()

    first, second = await wire.next(), await wire.next()
    if fails:
        assert (first["push"]["pub"]["data"], second["error"]["code"]) == ("of another", 100)
        return
    assert first == {"id": 3, "publish": {}}
    assert second["push"]["pub"]["data"] == "of another"
    assert (await wire.push())["pub"]["data"] == "slow"


async def test_client_that_goes_while_it_publishes_leaves_nothing_behind(
    open_data: OpenData, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = await open_data()
    [connection] = engine.connections._all
    began = asyncio.Event()

    async def hang(*_arguments: object) -> None:
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(engine.pubsub.broker, "publish", hang)
    wire.ask("publish", channel=LOBBY, data=1)
    await began.wait()

    connection.close(3503, "signed out")

    assert await wire.next() == disconnect_push(3503, "signed out")
    assert await wire.closed() == 3503
    assert len(engine.connections) == 0
