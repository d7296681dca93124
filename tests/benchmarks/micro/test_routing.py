"""`BenchmarkMessageRouting` of the performance guide, and what stands around it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from realtime.codecs import JSONCodec
from tests.benchmarks.micro.messages import Deaf, publication
from tests.realtime.rooms import Peer, connect, make_flusher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

    from realtime.hub import Hub

CLIENTS = 1000
TENTH = 10


class Quick(Peer):
    """A peer that keeps nothing, so that memory is no part of the figure."""

    def __init__(self) -> None:
        super().__init__()
        self.missing = 0
        self.all_came = asyncio.Event()

    async def send(self, _message: dict[str, Any]) -> None:
        """Take a message, without suspending."""
        self.missing -= 1
        if not self.missing:
            self.all_came.set()


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs only inside of what is measured."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.mark.parametrize("codec", ["json", "protobuf", "html"])
def test_message_routing(benchmark: BenchmarkFixture, hub: Hub, codec: str) -> None:
    for number in range(CLIENTS):
        follower = Deaf()
        hub.subscribe("chat.messages", codec, follower)
        if number % TENTH == 0:
            hub.subscribe("presence.updates", codec, follower)

    benchmark(hub.dispatch, publication())

    assert hub.router.followers("chat.messages") == CLIENTS


def test_message_routing_to_a_tenth(benchmark: BenchmarkFixture, hub: Hub) -> None:
    for number in range(CLIENTS):
        follower = Deaf()
        hub.subscribe("chat.messages", "json", follower)
        if number % TENTH == 0:
            hub.subscribe("presence.updates", "json", follower)

    benchmark(hub.dispatch, publication("presence.updates"))

    assert hub.router.followers("presence.updates") == CLIENTS // TENTH


@pytest.mark.parametrize("together", [1, 16])
def test_message_routing_and_sending(
    benchmark: BenchmarkFixture, hub: Hub, loop: asyncio.AbstractEventLoop, together: int
) -> None:
    flusher, peer = make_flusher(), Quick()
    for _ in range(CLIENTS):
        outbox = connect(peer, flusher, join=JSONCodec().join)
        hub.subscribe("chat.messages", "json", outbox)

    async def publish() -> None:
        peer.missing = CLIENTS
        peer.all_came.clear()
        for _ in range(together):
            hub.dispatch(publication())
        await peer.all_came.wait()

    benchmark(lambda: loop.run_until_complete(publish()))

    assert peer.missing == 0


def test_subscribe_and_unsubscribe(benchmark: BenchmarkFixture, hub: Hub) -> None:
    for _ in range(CLIENTS):
        hub.subscribe("chat.messages", "json", Deaf())
    newcomer = Deaf()

    def follow_and_leave() -> None:
        hub.subscribe("chat.messages", "json", newcomer)
        hub.unsubscribe("chat.messages", "json", newcomer)

    benchmark(follow_and_leave)

    assert hub.router.followers("chat.messages") == CLIENTS
