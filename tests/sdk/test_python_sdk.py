"""The official Python client, unmodified, against real servers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so
import pytest

from tests.sdk.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.relay import Relay
    from tests.server import Server

LOBBY = "chat.room.lobby"


class Follower(centrifuge.SubscriptionEventHandler):  # type: ignore[misc]  # as above
    """Keeps what a subscription tells."""

    def __init__(self) -> None:
        self.subscribed: asyncio.Queue[Any] = asyncio.Queue()
        self.unsubscribed: asyncio.Queue[Any] = asyncio.Queue()
        self.publications: asyncio.Queue[Any] = asyncio.Queue()

    async def on_subscribed(self, ctx: Any) -> None:
        self.subscribed.put_nowait(ctx)

    async def on_unsubscribed(self, ctx: Any) -> None:
        self.unsubscribed.put_nowait(ctx)

    async def on_publication(self, ctx: Any) -> None:
        self.publications.put_nowait(ctx.pub)


class States(centrifuge.ClientEventHandler):  # type: ignore[misc]  # as above
    """Keeps what a client tells."""

    def __init__(self) -> None:
        self.connected: asyncio.Queue[Any] = asyncio.Queue()
        self.connecting: asyncio.Queue[Any] = asyncio.Queue()
        self.disconnected: asyncio.Queue[Any] = asyncio.Queue()

    async def on_connecting(self, ctx: Any) -> None:
        self.connecting.put_nowait(ctx)

    async def on_connected(self, ctx: Any) -> None:
        self.connected.put_nowait(ctx)

    async def on_disconnected(self, ctx: Any) -> None:
        self.disconnected.put_nowait(ctx)


class Program:
    """One program that uses the SDK."""

    def __init__(self, server: Server | Relay, headers: dict[str, str]) -> None:
        self.states, self.follower = States(), Follower()
        self.client = centrifuge.Client(
            server.data_socket,
            events=self.states,
            headers=headers,
            proxy=None,
            max_reconnect_delay=0.5,
        )

    async def follow(self, topic: str = LOBBY) -> Any:
        """Subscribe, and wait until it is done."""
        subscription = self.client.new_subscription(topic, events=self.follower)
        await subscription.subscribe()
        await next_of(self.follower.subscribed)
        return subscription

    async def say(self, text: str) -> dict[str, Any]:
        """Post into the lobby, and return what the action returns."""
        result = await self.client.rpc("chat.send", {"room": "lobby", "text": text})
        message: dict[str, Any] = result.data
        return message

    async def heard(self) -> Any:
        """Return the next publication."""
        return await next_of(self.follower.publications)


@asynccontextmanager
async def program(server: Server | Relay, **headers: str) -> AsyncIterator[Program]:
    """Run a program that is connected, until the block ends."""
    running = Program(server, headers)
    await running.client.connect()
    try:
        await next_of(running.states.connected)
        yield running
    finally:
        await running.client.disconnect()
        # The SDK lets go of its socket in the background.
        if running.client._background_tasks:
            await asyncio.wait(running.client._background_tasks, timeout=5)


async def next_of(queue: asyncio.Queue[Any]) -> Any:
    """Return what comes next, or fail."""
    return await asyncio.wait_for(queue.get(), 15)


async def test_message_of_one_program_reaches_both_with_an_offset(server: Server) -> None:
    async with program(server) as one, program(server) as other:
        await one.follow()
        await other.follow()

        message = await one.say("hello from Python")

        first, second = await one.heard(), await other.heard()
        assert first.data == second.data == message
        assert message["text"] == "hello from Python"
        assert first.offset == second.offset > 0
        await other.say("and back")
        assert (await one.heard()).offset == first.offset + 1


async def test_publish_into_a_chat_room_is_refused_with_103(server: Server) -> None:
    async with program(server) as one:
        subscription = await one.follow()

        with pytest.raises(centrifuge.ReplyError) as refused:
            await subscription.publish({"text": "past the action"})

        assert refused.value.code == 103
        await one.say("still connected")
        assert (await one.heard()).data["text"] == "still connected"


async def test_unknown_topic_ends_the_subscription_with_102(server: Server) -> None:
    async with program(server) as one:
        subscription = one.client.new_subscription("no.such.topic", events=one.follower)
        await subscription.subscribe()

        assert (await next_of(one.follower.unsubscribed)).code == 102


async def test_error_of_an_action_is_a_sentence_with_the_actions_code(server: Server) -> None:
    async with program(server) as one:
        with pytest.raises(centrifuge.ReplyError, match="Write something first") as refused:
            await one.say("  ")

        assert refused.value.code == 400


async def test_unsubscribed_program_hears_nothing_and_recovers_it_when_it_subscribes_again(
    server: Server,
) -> None:
    async with program(server) as one, program(server) as other:
        subscription = await one.follow()
        await other.follow()
        await subscription.unsubscribe()
        await next_of(one.follower.unsubscribed)

        await other.say("missed")
        await other.heard()
        await one.client.rpc("chat.history", {"room": "lobby"})  # what was sent before has come
        assert one.follower.publications.empty()
        await subscription.subscribe()
        await next_of(one.follower.subscribed)
        await other.say("live again")

        assert [(await one.heard()).data["text"] for _ in range(2)] == ["missed", "live again"]


async def test_program_comes_back_when_the_server_was_restarted(own_server: Server) -> None:
    async with program(own_server) as one:
        await one.follow()
        await next_of(one.states.connecting)  # of the first connection

        await asyncio.to_thread(own_server.stop)
        await next_of(one.states.connecting)
        await asyncio.to_thread(own_server.start)
        await next_of(one.states.connected)
        await next_of(one.follower.subscribed)

        await one.say("back again")
        assert (await one.heard()).data["text"] == "back again"


async def test_plain_form_of_a_person_reaches_the_program(server: Server) -> None:
    async with program(server) as one, Visitor(server) as visitor:
        await one.follow()

        await visitor.post("/rooms/lobby/", text="from a page without script")

        assert (await one.heard()).data["text"] == "from a page without script"


async def test_program_with_a_persons_session_speaks_as_that_person(server: Server) -> None:
    async with Visitor(server) as visitor, program(server, Cookie=visitor.cookie) as one:
        await one.follow()
        await visitor.post("/rooms/lobby/", text="on the page")
        await one.say("in the program")

        on_the_page, in_the_program = await one.heard(), await one.heard()
        assert on_the_page.data["author"] == in_the_program.data["author"]


async def test_sign_out_ends_the_program_of_the_session_for_good(server: Server) -> None:
    async with Visitor(server) as visitor, program(server, Cookie=visitor.cookie) as one:
        await visitor.post("/accounts/sign-out/")

        ended = await next_of(one.states.disconnected)
        assert ended.code == 3503
        # The close may overtake the push within the SDK, and daphne's close has no reason.
        assert ended.reason == "signed out" or server.kind == "daphne"
        assert one.client.state is centrifuge.ClientState.DISCONNECTED


async def test_publish_from_another_process_is_refused_with_advice(server: Server) -> None:
    code = "from chat.topics import room; room(slug='lobby').publish({'text': 'hi'})"

    done = await asyncio.to_thread(server.manage, "shell", "-c", code)

    assert done.returncode != 0
    assert "NotServingError" in done.stderr
    assert "Publish from the server's process" in done.stderr
