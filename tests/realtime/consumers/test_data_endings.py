"""The Data socket: pings, pongs, and how connections end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.wire import LOBBY, disconnect_push, publish

if TYPE_CHECKING:
    import pytest

    from realtime import registry
    from tests.wire import Configure, OpenData


# Ping and pong


async def test_ping_is_answered_by_pong_and_comes_again(
    goby: Configure, open_data: OpenData
) -> None:
    goby(PING_INTERVAL=0.02, PONG_TIMEOUT=5)
    wire = await open_data()

    for _ in range(3):
        assert await wire.next() == {}
        wire.send_text("{}")
    await wire.disconnect()


async def test_ping_without_pong_is_closed_with_3012(goby: Configure, open_data: OpenData) -> None:
    goby(PING_INTERVAL=0.02, PONG_TIMEOUT=0.02)
    wire = await open_data()

    assert await wire.next() == {}
    assert await wire.next() == disconnect_push(3012, "no pong")
    assert await wire.closed() == 3012


async def test_pong_behind_a_slow_action_is_waited_for(
    goby: Configure, open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = goby(PING_INTERVAL=0.02, PONG_TIMEOUT=0.02)
    release = asyncio.Event()
    rescheduled = asyncio.Event()
    wire = await open_data()
    schedule = engine.heartbeat.schedule

    async def slow(_client: object) -> int:
        await release.wait()
        return 1

    def note(timed: Any, delay: float) -> None:
        if timed.awaits_pong and timed.busy and timed.slot == 0:
            rescheduled.set()
        schedule(timed, delay)

    from realtime.actions import action

    action("wire.slow", allow="anyone")(slow)
    monkeypatch.setattr(engine.heartbeat, "schedule", note)
    wire.send_text(wire.command("rpc", method="wire.slow"))
    assert await wire.next() == {}
    wire.send_text("{}")
    async with asyncio.timeout(5):
        await rescheduled.wait()
        rescheduled.clear()
        await rescheduled.wait()
    release.set()

    assert await wire.next() == {"id": 2, "rpc": {"data": 1}}
    await wire.disconnect()


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
    wire.send_text(wire.command("subscribe", channel=LOBBY))

    assert await wire.next() == disconnect_push(3004, "internal server error")
    assert await wire.closed() == 3004
    assert engine.instrumentation.failures == {"data socket": 1}
    await other.works()
