"""Pings and pongs: every mode of both SDKs is told from a line that went dead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect

from tests.relay import Relay
from tests.sdk.program import PATIENCE

if TYPE_CHECKING:
    from tests.sdk.conftest import Everyone
    from tests.sdk.program import Mode, Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_PONG = 3012


async def mute(server: Server) -> int:
    """Connect, never answer a ping, and return the code with which that ends."""
    async with connect(server.data_socket, proxy=None) as socket:
        await socket.send('{"id":1,"connect":{}}')
        async with asyncio.timeout(PATIENCE):
            await socket.wait_closed()
        return socket.close_code or 0


async def test_program_that_answers_stays_and_one_on_a_dead_line_is_closed_and_comes_back(
    everyone: Everyone, strict_server: Server, topic: str
) -> None:
    async def scene(mode: Mode, start: Start) -> None:
        mine = f"{topic}-{mode}"
        async with (
            Relay(strict_server.port) as line,
            start(strict_server) as alive,
            start(line) as dead,
        ):
            await alive.follow(mine)
            await dead.follow(mine)
            line.stall()
            await alive.publish(mine, "lost on the way?")
            assert [await mute(strict_server) for _ in range(2)] == [NO_PONG] * 2
            line.resume()

            assert (await dead.event("connecting", code=NO_PONG))["reason"] == "no pong"
            assert (await dead.event("subscribed"))["was_recovering"]
            await alive.publish(mine, "still here")
            for one in (alive, dead):
                await one.event("publication", data="still here")
                heard = [each["data"] for each in one.events if each["event"] == "publication"]
                assert heard == ["lost on the way?", "still here"]
            assert alive.names().count("connecting") == 1

    await everyone(scene)
