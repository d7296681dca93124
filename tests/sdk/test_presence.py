"""Presence, join and leave, as every mode of both SDKs sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sdk.program import RefusedError
from tests.sdk.visitor import Visitor

if TYPE_CHECKING:
    from tests.sdk.program import Event, Program, Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def topic(topic: str) -> str:
    """A topic of this test alone, on which one sees the others."""
    return topic.replace("stream", "present")


async def watch(program: Program, topic: str) -> Event:
    """Subscribe and listen; return who oneself is."""
    await program.ask("subscribe", channel=topic, join_leave=True)
    info: Event = (await program.event("join"))["info"]
    return info


async def test_program_sees_who_is_there(start: Start, server: Server, topic: str) -> None:
    async with start(server) as one, start(server) as other:
        assert await one.ask("presence", channel=topic) == {}
        assert await one.ask("presence_stats", channel=topic) == {"num_clients": 0, "num_users": 0}
        info = await watch(one, topic)
        await other.follow(topic)

        found = await other.ask("presence", channel=topic)
        stats = await other.ask("presence_stats", channel=topic)

        assert len(found) == 2
        assert stats == {"num_clients": 2, "num_users": 1}
        assert found[info["client"]] == info
        assert (info["user"], info["conn_info"], info["chan_info"]) == ("", None, None)


async def test_program_hears_who_comes_and_who_goes(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one:
        itself = await watch(one, topic)
        async with start(server) as other:
            await other.follow(topic)
            joined = await one.event("join")
            await other.ask("unsubscribe", channel=topic)
            left = await one.event("leave")
            await other.follow(topic)
            await other.publish(topic, "here I am")
            assert (await one.event("publication"))["info"] == joined["info"] != itself
        gone = await one.event("leave")

        assert joined["info"] == left["info"] == gone["info"]
        changes = [name for name in one.names() if name in {"join", "leave", "publication"}]
        assert changes == ["join", "join", "leave", "join", "publication", "leave"]


async def test_program_that_does_not_listen_hears_of_nobody(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one, start(server) as other:
        await one.follow(topic)
        await watch(other, topic)
        await other.publish(topic, "after the join")

        await one.event("publication")
        assert "join" not in one.names()


async def test_program_of_a_person_shows_its_user(start: Start, server: Server, topic: str) -> None:
    async with (
        Visitor(server) as visitor,
        start(server) as one,
        start(server, cookie=visitor.cookie) as other,
        start(server, cookie=visitor.cookie) as third,
    ):
        await watch(one, topic)
        await other.follow(topic)
        await third.follow(topic)

        users = [(await one.event("join"))["info"]["user"] for _ in range(2)]

        assert users[0] == users[1] != ""
        stats = await one.ask("presence_stats", channel=topic)
        assert stats == {"num_clients": 3, "num_users": 2}


async def test_program_is_refused_where_there_is_no_presence(start: Start, server: Server) -> None:
    topic = "play.stream.no-presence"
    async with start(server) as one:
        for order in ("presence", "presence_stats"):
            with pytest.raises(RefusedError) as refused:
                await one.ask(order, channel=topic)

            assert refused.value.code == 108
