"""Presence, join and leave, as both official clients see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so
import pytest

from tests.sdk.test_javascript_sdk import run
from tests.sdk.test_python_sdk import Follower, Program, next_of, program
from tests.sdk.visitor import Visitor
from tests.server import PROFILES, Server, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sdk.test_javascript_sdk import Run

__all__ = ["run"]


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each kind of server in turn, with the tests' topics."""
    module = f"tests.playground.settings.{PROFILES[request.param]}"
    with serve(request.param, environment={"DJANGO_SETTINGS_MODULE": module}) as server:
        yield server


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A topic of this test alone."""
    return f"play.present.{request.node.originalname}"


class Watcher(Follower):
    """Keeps who came and who went."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def on_join(self, ctx: Any) -> None:
        self.changes.put_nowait(("join", ctx.info))

    async def on_leave(self, ctx: Any) -> None:
        self.changes.put_nowait(("leave", ctx.info))


async def watch(running: Program, topic: str) -> tuple[Watcher, Any]:
    """Subscribe and listen; return what is heard, and who oneself is."""
    watcher = Watcher()
    subscription = running.client.new_subscription(topic, events=watcher, join_leave=True)
    await subscription.subscribe()
    kind, info = await next_of(watcher.changes)
    assert kind == "join"
    return watcher, info


# Python


async def test_python_program_sees_who_is_there(server: Server, topic: str) -> None:
    async with program(server) as one, program(server) as other:
        _, info = await watch(one, topic)
        subscription = await other.follow(topic)

        found = await subscription.presence()
        stats = await subscription.presence_stats()

        assert len(found.clients) == stats.num_clients == 2
        assert stats.num_users == 1
        assert found.clients[info.client] == info
        assert (info.user, info.conn_info, info.chan_info) == ("", None, None)


async def test_python_program_hears_who_comes_and_who_goes(server: Server, topic: str) -> None:
    async with program(server) as one:
        watcher, _ = await watch(one, topic)
        async with program(server) as other:
            subscription = await other.follow(topic)
            joined = await next_of(watcher.changes)
            await subscription.unsubscribe()
            left = await next_of(watcher.changes)
            await subscription.subscribe()
            again = await next_of(watcher.changes)
        gone = await next_of(watcher.changes)

        assert [kind for kind, _ in (joined, left, again, gone)] == ["join", "leave"] * 2
        assert joined[1] == left[1] == again[1] == gone[1]


async def test_python_program_of_a_person_shows_its_user(server: Server, topic: str) -> None:
    async with (
        Visitor(server) as visitor,
        program(server) as one,
        program(server, Cookie=visitor.cookie) as other,
        program(server, Cookie=visitor.cookie) as third,
    ):
        watcher, _ = await watch(one, topic)
        await other.follow(topic)
        await third.follow(topic)

        users = [(await next_of(watcher.changes))[1].user for _ in range(2)]

        stats = await one.client.presence_stats(topic)
        assert users[0] == users[1] != ""
        assert (stats.num_clients, stats.num_users) == (3, 2)


async def test_python_program_is_refused_where_there_is_no_presence(server: Server) -> None:
    async with program(server) as one:
        with pytest.raises(centrifuge.ReplyError) as refused:
            await one.client.presence("chat.room.lobby")

        assert refused.value.code == 108


# JavaScript


@pytest.mark.node
async def test_javascript_program_sees_who_is_there(run: Run, server: Server, topic: str) -> None:
    async with run(server) as one:
        await one.order("presence", channel=topic)
        assert (await one.event("presence"))["clients"] == {}
        await one.order("presenceStats", channel=topic)
        assert await one.event("presenceStats") == {
            "event": "presenceStats",
            "numClients": 0,
            "numUsers": 0,
        }

        await one.order("subscribe", channel=topic, joinLeave=True)
        info = (await one.event("join"))["info"]

        await one.order("presence", channel=topic)
        assert (await one.event("presence"))["clients"] == {info["client"]: info}
        assert "user" not in info


@pytest.mark.node
async def test_javascript_program_hears_who_comes_and_who_goes(
    run: Run, server: Server, topic: str
) -> None:
    async with run(server) as one:
        await one.order("subscribe", channel=topic, joinLeave=True)
        itself = (await one.event("join"))["info"]
        async with run(server) as other:
            await other.order("subscribe", channel=topic)
            joined = (await one.event("join"))["info"]
            await other.order("publish", channel=topic, data="here I am")
            assert (await one.event("publication"))["data"] == "here I am"
        left = (await one.event("leave"))["info"]

        assert joined == left != itself
        assert [event["event"] for event in one.events][-4:] == [
            *("join", "join", "publication", "leave")
        ]


@pytest.mark.node
async def test_javascript_and_python_see_each_other(run: Run, server: Server, topic: str) -> None:
    async with run(server) as one, program(server) as other:
        await one.order("subscribe", channel=topic, joinLeave=True)
        await one.event("join")

        _, info = await watch(other, topic)

        assert (await one.event("join"))["info"]["client"] == info.client


@pytest.mark.node
async def test_javascript_program_is_refused_where_there_is_no_presence(
    run: Run, server: Server
) -> None:
    async with run(server) as one:
        await one.order("presenceStats", channel="chat.room.lobby")

        assert (await one.event("error"))["code"] == 108
