"""One publication through the six rooms of a real engine, in their order.

publish -> dedup -> broker -> hub -> codec -> outbox -> flusher: one send per connection
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from realtime import conf, registry
from realtime.brokers import MemoryBroker
from realtime.catalog import Options
from realtime.codecs import JSONCodec
from realtime.codecs.html import HTMLCodec
from realtime.crowd import Crowd
from realtime.dedup import Dedup
from realtime.history import History, Query
from realtime.hub import Hub
from realtime.outbox import Outbox
from realtime.pubsub import PubSub
from realtime.router import Pattern, Router
from tests.realtime.clock import turns
from tests.realtime.rooms import Peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from realtime.codecs.base import SocketCodec
    from tests.realtime.clock import ClockLoop

JOURNEY = Pattern("journey.{name}")
TOPIC = "journey.lobby"
KEEP = History(size=10, ttl=60)


@pytest.fixture
def topic() -> Iterator[str]:
    """A topic with fragment and history, declared for one test."""
    options = Options(fragment="realtime/error.html", history=KEEP)
    registry.catalog.add(JOURNEY, options)
    yield TOPIC
    registry.catalog.remove(JOURNEY)


@pytest.fixture
async def engine(clock: ClockLoop, topic: str) -> AsyncIterator[registry.Engine]:
    """An engine as a server has it, on a loop whose time stands still."""
    engine = registry.make_engine(conf.Settings())
    await engine.pubsub.start()
    yield engine
    await engine.flusher.stop()
    await engine.pubsub.stop()


def follow(engine: registry.Engine, codec: SocketCodec) -> Peer:
    """Connect a peer and let it follow the topic, as a consumer does."""
    peer = Peer()
    outbox = Outbox(
        send=peer.send,
        join=codec.join,
        ready=engine.flusher.ready,
        ended=peer.endings.append,
        max_size=engine.settings.outbox_max_size,
        dropped=engine.instrumentation.dropped,
    )
    engine.hub.subscribe(TOPIC, codec.name, outbox)
    return peer


def program(engine: registry.Engine) -> Peer:
    return follow(engine, JSONCodec())


def page(engine: registry.Engine) -> Peer:
    return follow(engine, HTMLCodec(registry.catalog))


async def publish(engine: registry.Engine, data: Any, *, id: str = "") -> None:
    await engine.pubsub.apublish(engine.pubsub.draft(TOPIC, data, id=id))


def offsets(peer: Peer) -> list[int]:
    """Return the offsets that a program was sent, whatever the batches."""
    lines = [line for text in peer.texts for line in text.split("\n")]
    return [orjson.loads(line)["push"]["pub"]["offset"] for line in lines]


class Trace:
    """Notes each time that a publication enters a room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rooms: list[str] = []
        self._monkeypatch = monkeypatch

    def watch(self, room: str, owner: type, method: str) -> None:
        entered: Callable[..., Any] = getattr(owner, method)

        def enter(*args: Any, **options: Any) -> Any:
            self.rooms.append(room)
            return entered(*args, **options)

        self._monkeypatch.setattr(owner, method, enter)


async def test_publication_enters_the_rooms_in_their_order(
    engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = Trace(monkeypatch)
    peers = [program(engine), program(engine), page(engine)]
    trace.watch("publish", PubSub, "draft")
    trace.watch("dedup", Dedup, "first")
    trace.watch("broker", MemoryBroker, "publish")
    trace.watch("hub", Hub, "dispatch")
    trace.watch("router", Router, "match")
    trace.watch("json", JSONCodec, "encode")
    trace.watch("html", HTMLCodec, "encode")
    trace.watch("crowd", Crowd, "put")
    trace.watch("outbox", Outbox, "take_in")
    trace.watch("flusher", Outbox, "take")
    await engine.pubsub.start()  # again, so that the broker is given the hub that is watched

    await publish(engine, {"message": "hi"}, id="1")

    handed_over = ["publish", "dedup", "broker", "hub", "router"]
    encoded = ["json", "crowd", "html", "crowd"]
    assert trace.rooms == [*handed_over, *encoded]
    assert all(peer.messages == [] for peer in peers)
    await turns(1)
    assert trace.rooms == [*handed_over, *encoded, *["outbox"] * 3, *["flusher"] * 3]
    assert all(len(peer.messages) == 1 for peer in peers)


async def test_every_room_counts_what_it_did(engine: registry.Engine, clock: ClockLoop) -> None:
    counters, start = engine.instrumentation, clock.now
    programs = [program(engine) for _ in range(5)]
    pages = [page(engine) for _ in range(3)]

    await publish(engine, {"message": "hi"}, id="1")
    await publish(engine, {"message": "hi"}, id="1")

    # publish and dedup
    assert (counters.published, counters.deduplicated) == (1, 1)
    # broker
    kept = await engine.pubsub.broker.read(TOPIC, KEEP, Query(limit=9))
    assert [publication.offset for publication in kept.publications] == [1]
    # codec, once for each kind of socket
    assert counters.encoded == Counter(json=1, html=1)
    # hub and outbox
    assert counters.delivered == 8
    assert (counters.sends, counters.bytes_sent) == (0, 0)
    # flusher, one send for each connection
    await turns(1)
    sent = [text for peer in [*programs, *pages] for text in peer.texts]
    assert (counters.sends, counters.batch_sizes[1]) == (8, 8)
    assert counters.bytes_sent == sum(len(text.encode()) for text in sent)
    assert not counters.dropped
    assert not counters.failures
    assert clock.now == start


async def test_each_kind_of_socket_has_its_representation(engine: registry.Engine) -> None:
    reader, browser = program(engine), page(engine)

    await publish(engine, {"message": "1 < 2"})
    await turns(1)

    [push] = [orjson.loads(text) for text in reader.texts]
    assert push == {"push": {"channel": TOPIC, "pub": {"data": {"message": "1 < 2"}, "offset": 1}}}
    [fragment] = browser.texts
    assert "1 &lt; 2" in fragment


async def test_publications_of_one_turn_are_one_send_in_order(engine: registry.Engine) -> None:
    reader, browser = program(engine), page(engine)

    for number in range(3):
        await publish(engine, {"message": f"number {number}"})
    await turns(1)

    assert len(reader.texts) == 1
    assert offsets(reader) == [1, 2, 3]
    [fragments] = browser.texts
    places = [fragments.index(f"number {number}") for number in range(3)]
    assert places == sorted(places)
    assert engine.instrumentation.batch_sizes[3] == 2
    assert engine.instrumentation.encoded == Counter(json=3, html=3)


async def test_stalled_peer_delays_nobody_and_misses_nothing(engine: registry.Engine) -> None:
    slow, quick = program(engine), program(engine)
    slow.stall()

    for number in range(5):
        await publish(engine, number)
        await turns(5)
    assert offsets(quick) == [1, 2, 3, 4, 5]
    assert offsets(slow) == []

    slow.resume()
    await turns(10)
    assert offsets(slow) == [1, 2, 3, 4, 5]


async def test_engine_keeps_nothing_of_who_has_left(engine: registry.Engine) -> None:
    peer = Peer()
    outbox = Outbox(
        send=peer.send,
        join=JSONCodec().join,
        ready=engine.flusher.ready,
        ended=peer.endings.append,
        max_size=100,
        dropped=engine.instrumentation.dropped,
    )
    engine.hub.subscribe(TOPIC, "json", outbox)
    await publish(engine, 1)

    engine.hub.unsubscribe(TOPIC, "json", outbox)
    outbox.abandon()
    await publish(engine, 2)
    await turns(3)

    assert peer.messages == []
    assert (engine.hub.router.topics, engine.hub.router.subscriptions) == (0, 0)
    assert engine.flusher.stalled == 0
