"""Without an optimisation everything works the same, and costs what the optimisation saves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from realtime import History, Topic, registry
from realtime.conf.settings import OPTIMISATIONS
from realtime.crowd import Crowd
from realtime.fragment_cache import Order
from realtime.fragment_keys import place_of
from realtime.instrumentation import Instrumentation
from realtime.outbox import WRITE
from realtime.routing import websocket_urlpatterns
from realtime.without import ScanningRouter, TaskForEach, flusher_of
from tests.realtime.clock import turns
from tests.realtime.rooms import Peer, connect, frame
from tests.wire import DataWire, opened, publish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pytest_django import Settings

    from tests.realtime.clock import ClockLoop

TOPIC = "without.test.lobby"
OTHER = "without.test.other"
LINE = "without.test.written"


@pytest.fixture
def topic() -> Iterator[Topic]:
    topic = Topic("without.test.{name}", can_subscribe="anyone", history=History(size=5, ttl=60))
    yield topic
    registry.catalog.remove(topic.pattern)


@pytest.fixture
async def engine(
    request: pytest.FixtureRequest, settings: Settings, topic: Topic
) -> AsyncIterator[registry.Engine]:
    """An engine without what the test names."""
    settings.GOBY = {"PROFILE": "development", "WITHOUT": list(request.param)}
    registry.reset()
    yield await registry.attach()
    await registry.detach()
    registry.reset()


async def application(scope: Any, receive: Any, send: Any) -> None:
    router: Any = URLRouter(websocket_urlpatterns)
    await router({**scope, "user": AnonymousUser()}, receive, send)


def program() -> DataWire:
    return DataWire(application)


each = pytest.mark.parametrize(
    "engine", [(), *((name,) for name in OPTIMISATIONS), OPTIMISATIONS], indirect=True, ids=str
)


def without(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("engine", [names], indirect=True)


@each
async def test_each_follower_hears_each_publication_once(engine: registry.Engine) -> None:
    ann, bob, other = program(), program(), program()
    async with opened(ann), opened(bob), opened(other):
        for wire, topic in ((ann, TOPIC), (bob, TOPIC), (other, OTHER)):
            await wire.connect()
            await wire.call("subscribe", channel=topic)

        for text in ("one", "two"):
            await publish(TOPIC, {"text": text})
        await publish(OTHER, {"text": "three"})

        for wire in (ann, bob):
            heard = [await wire.push() for _ in range(2)]
            assert [each["pub"]["data"]["text"] for each in heard] == ["one", "two"]
            assert [each["pub"]["offset"] for each in heard] == [1, 2]
        assert (await other.push())["pub"]["data"] == {"text": "three"}
        assert (await ann.call("unsubscribe", channel=TOPIC))["unsubscribe"] == {}
        await publish(TOPIC, {"text": "four"})
        assert (await bob.push())["pub"]["data"] == {"text": "four"}
        assert ann.outgoing.empty()
    assert engine.instrumentation.delivered == 6
    assert (engine.hub.router.topics, engine.hub.router.subscriptions) == (0, 0)


@pytest.mark.parametrize(
    ("engine", "encoded"), [((), 1), (("shared_messages",), 3)], indirect=["engine"]
)
async def test_shared_message_is_encoded_once(engine: registry.Engine, encoded: int) -> None:
    wires = [program() for _ in range(3)]
    written: list[bytes] = []

    def write(wire: bytes) -> bool:
        written.append(wire)
        return True

    for wire in wires:
        wire.scope["extensions"] = {WRITE: write}
        async with asyncio.timeout(5):
            assert (await wire.handshake())["type"] == "websocket.accept"
        wire.ask("connect")
        wire.ask("subscribe", channel=LINE)
    await turns(50)
    assert engine.hub.router.subscriptions == len(wires)
    written.clear()
    await publish(LINE, {})
    await turns(5)

    assert engine.instrumentation.encoded["json"] == encoded
    assert len(written) == (3 if encoded == 1 else 0)
    assert len({id(each) for each in written}) <= 1
    for wire in wires:
        await wire.disconnect()


@without("batching")
async def test_frames_leave_alone_without_batching(engine: registry.Engine) -> None:
    wire = program()
    async with opened(wire):
        await wire.connect()
        await wire.call("subscribe", channel=TOPIC)
        for _ in range(10):
            await publish(TOPIC, {})
        for _ in range(10):
            assert len(wire.read(await wire.frame())) == 1


@without("multiplexing")
async def test_connection_follows_one_topic_without_multiplexing(engine: registry.Engine) -> None:
    wire = program()
    async with opened(wire):
        await wire.connect()
        await wire.call("subscribe", channel=TOPIC)

        assert (await wire.call("subscribe", channel=OTHER))["error"]["code"] == 106


@pytest.mark.parametrize(
    ("engine", "count"), [((), 1), (("deduplication",), 2)], indirect=["engine"]
)
async def test_repetition_is_published_again_without_deduplication(
    engine: registry.Engine, count: int
) -> None:
    for _ in range(2):
        await engine.pubsub.apublish(engine.pubsub.draft(TOPIC, {}, id="same"))

    assert engine.instrumentation.published == count


@pytest.mark.parametrize(
    ("engine", "count"), [((), 1), (("fragment_cache",), 3)], indirect=["engine"]
)
async def test_fragment_is_rendered_each_time_without_its_cache(
    engine: registry.Engine, count: int
) -> None:
    made: list[str] = []

    def render() -> str:
        made.append("")
        return "made"

    order = Order(place_of("without", ""), render)
    htmls = [*engine.fragments.get_or_render([order]), await engine.fragments.aget_or_render(order)]
    await engine.fragments.aforget("")
    htmls += engine.fragments.get_or_render([order])

    assert htmls == ["made"] * 3
    assert len(made) == count


PARTS: Any = {"max_size": 10, "max_wait": 0.005, "send_timeout": 5.0}


def task_for_each() -> TaskForEach:
    return TaskForEach(**PARTS, instrumentation=Instrumentation())


async def test_each_connection_has_a_task_without_pooling(clock: ClockLoop) -> None:
    flusher, before = task_for_each(), asyncio.all_tasks()
    peers = [Peer() for _ in range(3)]
    for peer in peers:
        connect(peer, flusher).put(frame("a"))
    await turns(2)

    assert [peer.texts for peer in peers] == [["a"]] * 3
    assert len(asyncio.all_tasks() - before) == 3
    await asyncio.sleep(5.1)  # they have nothing to do, and end
    assert asyncio.all_tasks() == before
    assert [peer.endings for peer in peers] == [[]] * 3


async def test_each_frame_is_written_alone_without_batching(clock: ClockLoop) -> None:
    peer, written = Peer(), list[bytes]()

    def write(wire: bytes) -> bool:
        written.append(wire)
        return len(written) <= 2

    flusher = flusher_of(["batching"])(**PARTS, instrumentation=Instrumentation())
    outbox = connect(peer, flusher, write=write)
    crowd = Crowd(ready=flusher.crowd_ready)
    crowd.add(outbox)
    for text in "abcd":
        crowd.put(frame(text))
    await turns(2)

    assert written == [b"\x81\x01a", b"\x81\x01b", b"\x81\x01c"]
    assert peer.texts == ["cd"]  # which the server takes by a send
    assert (outbox.frames, outbox.size) == ([], 0)


async def test_all_that_is_ready_is_written_without_batching(clock: ClockLoop) -> None:
    peer, written = Peer(), list[bytes]()

    def write(wire: bytes) -> bool:
        written.append(wire)
        return True

    flusher = flusher_of(["batching"])(**PARTS, instrumentation=Instrumentation())
    outbox = connect(peer, flusher, write=write)
    for text in "ab":
        outbox.put(frame(text))
    await turns(2)

    assert (peer.texts, written) == ([], [b"\x81\x01a", b"\x81\x01b"])
    assert (outbox.frames, outbox.size) == ([], 0)


async def test_task_writes_what_is_ready_without_pooling(clock: ClockLoop) -> None:
    peer, written = Peer(), list[bytes]()

    def write(wire: bytes) -> bool:
        written.append(wire)
        return True

    connect(peer, task_for_each(), write=write).put(frame("a"))
    await turns(2)

    assert (peer.texts, written) == ([], [b"\x81\x01a"])


def test_follower_of_several_topics_is_asked_about_each() -> None:
    router = ScanningRouter()
    for topic in (TOPIC, OTHER):
        assert router.add(topic, "json", "ann")

    assert router.remove(TOPIC, "json", "ann")
    assert not router.remove(TOPIC, "json", "ann")

    assert [(codec, list(group)) for codec, group in router.match(OTHER)] == [("json", ["ann"])]
    assert list(router.match(TOPIC)) == []


async def test_stalled_peer_is_given_up_without_pooling(clock: ClockLoop) -> None:
    flusher, stalled, other = task_for_each(), Peer(), Peer()
    stalled.stall()
    connect(stalled, flusher).put(frame("a"))
    connect(other, flusher).put(frame("b"))
    await turns(2)
    assert (other.texts, stalled.endings) == (["b"], [])

    await asyncio.sleep(5.1)
    assert (stalled.texts, stalled.endings) == ([], [3009])


async def test_what_waits_is_flushed_at_the_end_without_pooling(clock: ClockLoop) -> None:
    flusher, peer = task_for_each(), Peer()
    await flusher.stop()
    connect(peer, flusher).put(frame("a"))

    await flusher.stop()

    assert peer.texts == ["a"]
