"""Subscribe while something happens: what is published, lost or asked by many at the same time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Literal

import pytest

from goby_project.asgi import application
from realtime.codecs import JSONCodec, ProtobufCodec
from realtime.history import Query
from tests.realtime.commands.following import KEPT, follow, offsets, publish_all, return_to
from tests.wire import disconnect_push, opened, publish
from tests.wire_protobuf import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from realtime import registry
    from realtime.codecs.base import Encoded
    from realtime.history import History, Page
    from realtime.message import Publication
    from tests.wire import Configure, OpenData

CROWD = 1000


def interrupt(
    monkeypatch: pytest.MonkeyPatch, engine: registry.Engine, work: Callable[[], Any]
) -> None:
    """Let something happen while the history is being read, after it was."""
    read = engine.pubsub.broker.read

    async def interrupted(topic: str, history: History, query: Query) -> Page:
        page = await read(topic, history, query)
        await work()
        return page

    monkeypatch.setattr(engine.pubsub.broker, "read", interrupted)


@pytest.mark.parametrize("recovers", [True, False])
async def test_publications_of_the_meantime_come_after_the_reply(
    open_data: OpenData,
    engine: registry.Engine,
    monkeypatch: pytest.MonkeyPatch,
    *,
    recovers: bool,
) -> None:
    wire = await open_data()
    await publish_all(2)
    interrupt(monkeypatch, engine, lambda: publish_all(2))

    result = await (return_to(wire, 0) if recovers else follow(wire))

    assert offsets(result) == ([1, 2] if recovers else [])
    assert [(await wire.push())["pub"]["offset"] for _ in range(2)] == [3, 4]
    await publish(KEPT, "next")
    assert (await wire.push())["pub"]["offset"] == 5


async def test_hole_between_history_and_live_stream_closes_with_3010(
    open_data: OpenData, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, other = await open_data(), await open_data()
    await publish_all(2)
    broker: Any = engine.pubsub.broker

    async def lose_one() -> None:
        resolved = engine.recovery.catalog.resolve(KEPT)
        assert resolved is not None
        broker._store.append(engine.pubsub.draft(KEPT, "lost"), resolved.options.history)
        await publish(KEPT, "heard")

    interrupt(monkeypatch, engine, lose_one)
    wire.ask("subscribe", channel=KEPT)

    assert await wire.next() == disconnect_push(3010, "insufficient state")
    assert await wire.closed() == 3010
    assert engine.hub.router.subscriptions == 0
    await other.works()


async def test_history_that_began_again_is_followed_by_nobody_from_an_old_position(
    open_data: OpenData, engine: registry.Engine
) -> None:
    other, wire = await open_data(), await open_data()
    epoch = (await follow(other))["epoch"]
    await publish(KEPT, 1)
    await other.push()
    broker: Any = engine.pubsub.broker
    broker._store.end(KEPT)  # as an eviction does

    wire.ask("subscribe", channel=KEPT, recover=True, offset=1, epoch=epoch)

    assert await wire.next() == disconnect_push(3010, "insufficient state")
    assert await wire.closed() == 3010
    assert (await other.push())["unsubscribe"]["code"] == 2500
    again = await return_to(other, 1, epoch)
    assert not again.get("recovered")
    assert again["epoch"] != epoch


async def test_subscriber_that_missed_something_is_told_and_comes_back(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    epoch = (await follow(wire))["epoch"]
    await publish(KEPT, 1)
    await wire.push()

    engine.hub.lose(KEPT)

    assert await wire.push() == {
        "channel": KEPT,
        "unsubscribe": {"code": 2500, "reason": "insufficient state"},
    }
    await publish(KEPT, 2)
    assert offsets(await return_to(wire, 1, epoch)) == [2]
    await publish(KEPT, 3)
    assert (await wire.push())["pub"]["offset"] == 3


# Many


def encodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by each publication that is encoded for those who come back."""
    encoded: list[int] = []
    for codec in (JSONCodec, ProtobufCodec):
        publications = codec.publications

        def count(
            self: Any,
            several: Sequence[Publication],
            *,
            of: Literal["subscribe", "history"],
            publications: Any = publications,
        ) -> Encoded:
            encoded.extend(each.offset for each in several)
            result: Encoded = publications(self, several, of=of)
            return result

        monkeypatch.setattr(codec, "publications", count)
    return encoded


async def test_history_is_read_and_encoded_once_a_form_for_a_crowd_that_comes_back(
    site: None, goby: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, reads, encoded = goby(), list[Query](), encodings(monkeypatch)
    async with AsyncExitStack() as stack:
        wires = [FORMS[index // 2 % 2](application) for index in range(CROWD)]
        for wire in wires:
            await stack.enter_async_context(opened(wire))
            await wire.connect()
        await publish_all(5)
        read = engine.pubsub.broker.read

        async def count(topic: str, history: History, query: Query) -> Page:
            reads.append(query)
            return await read(topic, history, query)

        monkeypatch.setattr(engine.pubsub.broker, "read", count)

        results = await asyncio.gather(
            *(return_to(wire, index % 2) for index, wire in enumerate(wires))
        )

    assert [offsets(result) for result in results] == [[1, 2, 3, 4, 5], [2, 3, 4, 5]] * (CROWD // 2)
    assert len(reads) == 2 * len(FORMS)
    assert sorted(encoded) == sorted([1, 2, 3, 4, 5, 2, 3, 4, 5] * len(FORMS))
    assert engine.instrumentation.recoveries == {True: CROWD}
