"""Clients that come and go, and change their mind, hundreds of times: nothing of them stays."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import cent
import pytest

from tests.relay import Relay
from tests.sdk.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.sdk.conftest import Everyone
    from tests.sdk.program import Mode, Program, Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROUNDS = 100
CALM = {"connecting", "connected", "disconnected", "subscribing", "subscribed", "unsubscribed"}


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Ask the server until it says yes."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await check():
                return
            await asyncio.sleep(0.01)  # between two questions, not instead of them


async def nobody(api: cent.AsyncClient) -> None:
    """Wait until the server knows of no client and no followed topic any more."""

    async def is_empty() -> bool:
        [node] = (await api.info(cent.InfoRequest())).nodes
        return not (node.num_clients or node.num_users or node.num_subs or node.num_channels)

    await until(is_empty)


async def is_followed(api: cent.AsyncClient, topic: str) -> bool:
    """Return whether somebody follows the topic, as the server sees it."""
    return bool((await api.channels(cent.ChannelsRequest(pattern=topic))).channels)


def assert_calm(program: Program) -> None:
    """Fail if the program told of an error."""
    assert set(program.names()) <= CALM, [
        each for each in program.events if each["event"] not in CALM
    ]


async def test_connections_leave_nothing_behind(
    everyone: Everyone, server: Server, api: cent.AsyncClient
) -> None:
    await nobody(api)

    async def scene(_mode: Mode, start: Start) -> None:
        async with start(server, connect=False) as one:
            await one.ask("connections", rounds=ROUNDS)

            assert_calm(one)
            assert one.names().count("connected") == ROUNDS

    await everyone(scene)
    await nobody(api)


async def test_subscriptions_leave_nothing_behind(
    everyone: Everyone, server: Server, api: cent.AsyncClient, topic: str
) -> None:
    await nobody(api)
    topic = topic.replace("stream", "present")

    async def scene(_mode: Mode, start: Start) -> None:
        async with start(server) as one:
            await one.ask("subscriptions", channel=topic, rounds=2 * ROUNDS)

            await one.asked_all()
            assert_calm(one)
            assert one.names().count("subscribed") == 2 * ROUNDS
            assert one.names().count("connected") == 1

    await everyone(scene)
    await nobody(api)
    stats = await api.presence_stats(cent.PresenceStatsRequest(channel=topic))
    assert (stats.num_clients, stats.num_users) == (0, 0)


async def test_program_that_hesitates_is_not_subscribed_in_the_end(
    everyone: Everyone, server: Server, api: cent.AsyncClient, topic: str
) -> None:
    async def scene(mode: Mode, start: Start) -> None:
        mine = f"{topic}-{mode}"
        async with start(server) as one:
            await one.ask("hesitate", channel=mine, rounds=ROUNDS)
            await one.asked_all()

            assert_calm(one)
            assert not await is_followed(api, mine)
            await one.follow(mine)
            await one.publish(mine, "heard after all")
            assert await one.heard(1) == ["heard after all"]
            assert one.names().count("connected") == 1

    await everyone(scene)
    await nobody(api)


async def test_unsubscribe_while_the_reply_is_under_way(
    everyone: Everyone, server: Server, api: cent.AsyncClient, topic: str
) -> None:
    async def scene(mode: Mode, start: Start) -> None:
        mine = f"{topic}-{mode}"
        async with Relay(server.port) as line, start(line) as one:
            line.stall_answers()
            await one.ask("subscribe", channel=mine)
            await until(partial(is_followed, api, mine))  # the reply is on its way
            await one.ask("unsubscribe", channel=mine)
            assert (await one.event("unsubscribed"))["code"] == 0
            line.resume()
            await one.asked_all()

            assert "subscribed" not in one.names()
            assert_calm(one)
            assert not await is_followed(api, mine)
            await one.follow(mine)
            await one.publish(mine, "heard after all")
            assert await one.heard(1) == ["heard after all"]
            assert one.names().count("connected") == 1

    await everyone(scene)
    await nobody(api)


async def test_disconnect_in_the_middle_of_the_handshake(
    everyone: Everyone, server: Server, api: cent.AsyncClient
) -> None:
    async def scene(_mode: Mode, start: Start) -> None:
        async with Relay(server.port) as line, start(line, connect=False) as one:
            line.stall()
            await one.ask("connect")
            await one.event("connecting")
            await one.ask("disconnect")
            line.resume()

            await one.event("disconnected", code=0)
            assert "connected" not in one.names()
            await one.connect()
            await one.asked_all()

    await everyone(scene)
    await nobody(api)
