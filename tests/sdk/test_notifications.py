"""Programs, behind a line that is cut: they miss no notification, and see nobody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.relay import Relay
from tests.sdk.program import RefusedError
from tests.sdk.visitor import Visitor

if TYPE_CHECKING:
    from tests.sdk.program import Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def whose(visitor: Visitor) -> tuple[str, str]:
    """Return the topic of a visitor's notifications, and the visitor's name."""
    page = (await visitor.get("/notifications/")).text
    return re.findall(r"notifications#\d+", page)[0], re.findall(r'data-user="([^"]+)"', page)[0]


async def test_program_that_was_cut_off_is_given_what_it_missed(
    start: Start, server: Server
) -> None:
    async with (
        Visitor(server) as mira,
        Visitor(server) as jonas,
        Relay(server.port) as line,
        start(line, cookie=mira.cookie) as reader,
        start(server, cookie=jonas.cookie) as writer,
    ):
        topic, name = await whose(mira)
        await reader.follow(topic)
        await writer.call("play.mention", name=name)
        [first] = await reader.heard(1)

        await line.cut()
        await reader.event("connecting")
        for room in ("random", "harbour"):
            await writer.call("play.mention", name=name, room=room)
        await line.mend()
        missed = await reader.heard(2)
        listed = await reader.call("notifications.list")

    assert first["unread"] == 1
    assert [(data["target"], data["unread"]) for data in missed] == [("Random", 2), ("Harbour", 3)]
    assert [each["target"] for each in listed["notifications"]] == ["Harbour", "Random", "Lobby"]
    assert listed["unread"] == 3


async def test_program_of_somebody_else_is_refused_for_good(start: Start, server: Server) -> None:
    async with (
        Visitor(server) as mira,
        Visitor(server) as jonas,
        start(server, cookie=jonas.cookie) as curious,
    ):
        topic, _ = await whose(mira)
        await curious.ask("subscribe", channel=topic)

        assert (await curious.event("unsubscribed", channel=topic))["code"] == 103
        with pytest.raises(RefusedError, match="no such notification"):
            await curious.call("notifications.read", id=10**9)
