"""Subscribe: from where the client left off, without a hole and without a double, or with a no."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from goby_project.asgi import application
from realtime import recovery
from tests.realtime.recovering import CountingEncoder
from tests.wire import DataWire, disconnect_push, opened, publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime import registry
    from realtime.history import History, Page, Query
    from tests.wire import Configure, OpenData

KEPT = "wire.kept.lobby"
LATEST = "wire.latest"
CROWD = 1000


async def follow(wire: DataWire, topic: str = KEPT, **request: object) -> dict[str, Any]:
    """Subscribe, and return the result."""
    reply = await wire.call("subscribe", channel=topic, **request)
    result: dict[str, Any] = reply["subscribe"]
    return result


async def return_to(
    wire: DataWire, offset: int, epoch: str = "", *, topic: str = KEPT, **request: object
) -> dict[str, Any]:
    """Subscribe from a position, and return the result."""
    return await follow(wire, topic, recover=True, offset=offset, epoch=epoch, **request)


async def publish_all(count: int, topic: str = KEPT) -> None:
    for number in range(1, count + 1):
        await publish(topic, number)


def offsets(result: dict[str, Any]) -> list[int]:
    return [pub["offset"] for pub in result.get("publications", [])]


# Positions


async def test_subscriber_learns_its_position(open_data: OpenData) -> None:
    first = await follow(await open_data())
    assert first == {"recoverable": True, "positioned": True, "epoch": first["epoch"]}
    await publish_all(2)

    second = await follow(await open_data())

    assert second == {**first, "offset": 2}


async def test_subscriber_of_a_topic_without_history_has_no_position(open_data: OpenData) -> None:
    assert await follow(await open_data(), "wire.plain") == {}


@pytest.mark.parametrize(
    "body", [{"recover": 1}, {"offset": "1"}, {"offset": 1.5}, {"epoch": 5}, {"flag": True}]
)
async def test_position_of_the_wrong_type_is_refused_with_107(
    body: dict[str, object], open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    reply = await wire.call("subscribe", channel=KEPT, **body)

    assert reply["error"]["code"] == 107
    assert engine.hub.router.subscriptions == 0


# Recovery


@pytest.mark.parametrize(("since", "missed"), [(2, [3, 4]), (3, [4]), (4, []), (0, [1, 2, 3, 4])])
async def test_client_that_comes_back_is_given_what_it_missed(
    since: int, missed: list[int], open_data: OpenData, engine: registry.Engine
) -> None:
    epoch = (await follow(await open_data()))["epoch"]
    await publish_all(4)

    result = await return_to(await open_data(), since, epoch)

    expected = {"recoverable": True, "positioned": True, "epoch": epoch}
    expected |= {"recovered": True, "was_recovering": True}
    assert {key: result[key] for key in expected} == expected
    assert result.get("offset", 0) == since  # its own, which its publications move on
    assert offsets(result) == missed
    assert [pub["data"] for pub in result.get("publications", [])] == missed
    assert engine.instrumentation.recoveries == {True: 1}


@pytest.mark.parametrize(
    ("since", "epoch"),
    [(1, None), (0, None), (9, None), (-1, None), (-(2**63), ""), (2**63 - 1, ""), (6, "another")],
)
async def test_client_that_missed_more_than_is_kept_is_told_so(
    since: int, epoch: str | None, open_data: OpenData, engine: registry.Engine
) -> None:
    known = (await follow(await open_data()))["epoch"]
    await publish_all(7)  # five are kept

    result = await return_to(await open_data(), since, known if epoch is None else epoch)

    assert result == {
        "recoverable": True,
        "positioned": True,
        "epoch": known,
        "offset": 7,
        "was_recovering": True,
    }
    assert engine.instrumentation.recoveries == {False: 1}


async def test_recovered_client_goes_on_with_what_is_published_next(open_data: OpenData) -> None:
    wire = await open_data()
    await publish_all(3)

    await return_to(wire, 1)
    await publish(KEPT, "next")

    assert (await wire.push())["pub"] == {"data": "next", "offset": 4}


@pytest.mark.parametrize("topic", [KEPT, "wire.plain"])
async def test_client_that_would_rather_have_an_error_gets_112(
    topic: str, open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    await publish_all(1, topic)

    reply = await wire.call(
        "subscribe", channel=topic, recover=True, offset=1, epoch="another", flag=2
    )

    assert reply["error"] == {"code": 112, "message": "unrecoverable position"}
    assert engine.hub.router.subscriptions == 0
    assert await follow(wire, topic, flag=2) is not None


async def test_latest_is_given_to_whoever_missed_anything(open_data: OpenData) -> None:
    assert (await return_to(await open_data(), 0, topic=LATEST))["recovered"]
    await publish_all(3, LATEST)

    result = await return_to(await open_data(), 0, "another", topic=LATEST)

    assert result["recovered"]
    assert result["publications"] == [{"data": 3, "offset": 3}]
    same = await return_to(await open_data(), 3, result["epoch"], topic=LATEST)
    assert same["recovered"]
    assert "publications" not in same


# Between the history and the live stream


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
    wire.send_text(wire.command("subscribe", channel=KEPT))

    assert await wire.next() == disconnect_push(3010, "insufficient state")
    assert await wire.closed() == 3010
    assert engine.hub.router.subscriptions == 0
    await other.works()


async def test_history_that_began_again_is_followed_by_nobody_from_an_old_position(
    open_data: OpenData, engine: registry.Engine
) -> None:
    other, wire = await open_data(), await open_data()
    epoch = (await follow(other))["epoch"]
    broker: Any = engine.pubsub.broker
    broker._store._tops.clear()  # as an eviction does

    wire.send_text(wire.command("subscribe", channel=KEPT, recover=True, epoch=epoch))

    assert await wire.next() == disconnect_push(3010, "insufficient state")
    assert await wire.closed() == 3010
    assert (await other.push())["unsubscribe"]["code"] == 2500
    again = await return_to(other, 0, epoch)
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


async def test_history_is_read_and_encoded_once_for_a_crowd_that_comes_back(
    site: None, goby: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = goby()
    reads, encoder = [], CountingEncoder()
    async with AsyncExitStack() as stack:
        wires = [DataWire(application) for _ in range(CROWD)]
        for wire in wires:
            await stack.enter_async_context(opened(wire))
            await wire.connect()
        await publish_all(5)
        read = engine.pubsub.broker.read

        async def count(topic: str, history: History, query: Query) -> Page:
            reads.append(query)
            return await read(topic, history, query)

        monkeypatch.setattr(engine.pubsub.broker, "read", count)
        monkeypatch.setattr(recovery, "encode_pub", encoder)

        results = await asyncio.gather(
            *(return_to(wire, index % 2) for index, wire in enumerate(wires))
        )

    assert [offsets(result) for result in results] == [[1, 2, 3, 4, 5], [2, 3, 4, 5]] * (CROWD // 2)
    assert len(reads) == 2
    assert len(encoder.encoded) == 9
    assert engine.instrumentation.recoveries == {True: CROWD}
