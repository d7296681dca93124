"""The Data socket: pings, pongs, and how connections end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import arrivals
from realtime.actions import action
from realtime.arrivals import on_connect
from realtime.consumers.data import DataConsumer
from realtime.exceptions import ProtocolError
from tests.realtime.clock import until
from tests.wire import LOBBY, disconnect_push, publish
from tests.wire_protobuf import in_both_forms

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from realtime import Client, registry
    from realtime.message import Frame
    from tests.wire import Configure, OpenData

form = in_both_forms()


@pytest.fixture
def release() -> Iterator[asyncio.Event]:
    """What something waits for, at the latest until the test ends."""
    event = asyncio.Event()
    yield event
    event.set()


def waiting_for(event: asyncio.Event) -> Callable[[object], Awaitable[int]]:
    """Return an action that takes until the event comes."""

    async def slow(_client: object) -> int:
        await event.wait()
        return 1

    return slow


class Unplugged(DataConsumer):
    """A consumer with a clock and an outbox of paper."""

    PING, PONG = 25.0, 8.0
    connected = True

    def __init__(self) -> None:
        self.sent = self.answered = 0
        self.delays: list[float] = []
        self.codes: list[int] = []
        self.engine: Any = SimpleNamespace(
            settings=SimpleNamespace(ping_interval=self.PING, pong_timeout=self.PONG),
            heartbeat=SimpleNamespace(schedule=lambda _timed, delay: self.delays.append(delay)),
        )
        self.connection: Any = SimpleNamespace(close=lambda code, _reason: self.codes.append(code))

    def put(self, frame: Frame) -> None:
        """Count a ping."""
        assert frame is self.codec.ping
        self.sent += 1

    def pong(self) -> None:
        """Let a pong come."""
        self._pong()
        self.answered += 1


# Ping and pong


async def test_ping_is_answered_by_pong_and_comes_again(
    goby: Configure, open_data: OpenData
) -> None:
    goby(PING_INTERVAL=0.02, PONG_TIMEOUT=5)
    wire = await open_data()

    for _ in range(3):
        assert await wire.next() == {}
        wire.send({})
    await wire.disconnect()


async def test_ping_without_pong_is_closed_with_3012(goby: Configure, open_data: OpenData) -> None:
    goby(PING_INTERVAL=0.02, PONG_TIMEOUT=0.02)
    wire = await open_data()

    assert await wire.next() == {}
    assert await wire.next() == disconnect_push(3012, "no pong")
    assert await wire.closed() == 3012


async def test_pings_go_on_while_an_action_takes_long(
    goby: Configure, open_data: OpenData, release: asyncio.Event
) -> None:
    engine = goby(PING_INTERVAL=1000, PONG_TIMEOUT=1000)
    wire = await open_data()
    action("wire.slow", allow="anyone")(waiting_for(release))
    wire.ask("rpc", method="wire.slow")
    consumer: Any = next(iter(engine.connections._all)).host
    await until(lambda: consumer.busy)

    for _ in range(3):
        consumer.expire()  # the heartbeat's part
        assert await wire.next() == {}
        wire.send({})
    release.set()

    assert await wire.next() == {"id": 2, "rpc": {"data": 1}}
    await wire.works()  # all pongs were asked for
    wire.send({})
    assert await wire.next() == disconnect_push(3501, "bad request: unsolicited pong")


async def test_pong_that_does_not_come_after_a_slow_action_is_closed_with_3012(
    goby: Configure, open_data: OpenData, release: asyncio.Event
) -> None:
    engine = goby(PING_INTERVAL=1000, PONG_TIMEOUT=1000)
    wire = await open_data()
    action("wire.slow", allow="anyone")(waiting_for(release))
    wire.ask("rpc", method="wire.slow")
    consumer: Any = next(iter(engine.connections._all)).host
    await until(lambda: consumer.busy)
    consumer.expire()
    release.set()
    assert await wire.next() == {}
    assert await wire.next() == {"id": 2, "rpc": {"data": 1}}

    consumer.expire()

    assert await wire.next() == disconnect_push(3012, "no pong")
    assert await wire.closed() == 3012


@given(steps=st.lists(st.sampled_from(["expire", "pong", "begin", "end"]), max_size=40))
def test_client_that_answers_each_ping_is_never_closed(steps: list[str]) -> None:
    """A pong is accepted exactly as often as there was a ping, whatever happened between."""
    consumer = Unplugged()
    pings = 0
    for step in steps:
        if step == "begin":
            consumer.busy = True
        elif step == "end":
            consumer.busy = False
        elif step == "expire" and (pings == 0 or consumer.busy):
            consumer.expire()
            pings += 1
        elif step == "pong" and pings:
            consumer.pong()
            pings -= 1
    assert (consumer.sent, consumer.codes) == (pings + consumer.answered, [])
    for _ in range(pings):
        consumer.pong()
    with pytest.raises(ProtocolError, match="unsolicited pong"):
        consumer.pong()
    assert consumer.delays[-1:] in ([], [Unplugged.PING])


async def test_connect_that_takes_us_long_is_no_fault_of_the_client(
    goby: Configure,
    open_data: OpenData,
    monkeypatch: pytest.MonkeyPatch,
    release: asyncio.Event,
) -> None:
    engine = goby(CONNECT_TIMEOUT=1000)
    monkeypatch.setattr(arrivals, "_arrivals", [])

    async def slow(_client: Client) -> None:
        await release.wait()

    on_connect(slow)
    wire = await open_data(connect=False)
    wire.ask("connect")
    consumer: Any = next(iter(engine.connections._all)).host
    await until(lambda: consumer.busy)

    consumer.expire()
    assert len(engine.heartbeat) == 1
    release.set()

    assert "connect" in await wire.next()
    await wire.works()


# The end of a connection


async def test_connection_that_goes_leaves_nothing_behind(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=LOBBY)
    assert (len(engine.connections), engine.hub.router.topics) == (1, 1)

    await wire.disconnect(1001)

    assert (len(engine.connections), engine.hub.router.topics) == (0, 0)
    assert len(engine.heartbeat) == 0
    assert engine.instrumentation.connections_opened == {"data": 1}
    assert engine.instrumentation.connections_closed == {1001: 1}


async def test_peer_that_does_not_keep_up_is_closed_with_3008(
    goby: Configure, open_data: OpenData
) -> None:
    engine = goby(OUTBOX_MAX_SIZE=1000)
    wire, other = await open_data(), await open_data()
    await wire.call("subscribe", channel=LOBBY)

    await publish(LOBBY, "x" * 2000)

    assert await wire.next() == disconnect_push(3008, "slow")  # not every server tells the reason
    assert await wire.closed() == 3008
    assert engine.instrumentation.dropped == {"close": 1}
    await other.works()


async def test_defect_of_the_server_is_closed_with_3004(
    open_data: OpenData, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, other = await open_data(), await open_data()

    def read(*arguments: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(engine.pubsub.broker, "read", read)
    wire.ask("subscribe", channel=LOBBY)

    assert await wire.next() == disconnect_push(3004, "internal server error")
    assert await wire.closed() == 3004
    assert engine.instrumentation.failures == {"data socket": 1}
    await other.works()
