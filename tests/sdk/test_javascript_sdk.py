"""The official JavaScript client, unmodified, under Node against real servers."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sdk.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.relay import Relay
    from tests.server import Server

    Run = Callable[..., AbstractAsyncContextManager["Program"]]

pytestmark = pytest.mark.node

HERE = Path(__file__).parent
LOBBY = "chat.room.lobby"


class Program:
    """A running `program.mjs`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []

    async def order(self, order: str, **details: object) -> None:
        """Tell the program what to do."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"order": order, **details}).encode() + b"\n")
        await self.process.stdin.drain()

    async def event(self, name: str) -> dict[str, Any]:
        """Return the next event of this name; other events are passed over."""
        assert self.process.stdout is not None
        async with asyncio.timeout(15):
            while line := await self.process.stdout.readline():
                event: dict[str, Any] = json.loads(line)
                self.events.append(event)
                if event["event"] == name:
                    return event
        raise AssertionError(f"The program ended before {name}: {self.events}")

    async def follow(self) -> None:
        """Subscribe to the lobby, and wait until it is done."""
        await self.order("subscribe", channel=LOBBY)
        await self.event("subscribed")

    async def say(self, text: str) -> None:
        """Post into the lobby."""
        await self.order("rpc", method="chat.send", data={"room": "lobby", "text": text})


@pytest.fixture
def run(node_path: Path) -> Run:
    """Return a function that runs a program, connected, until its block ends."""
    if not (HERE / "node_modules" / "centrifuge").is_dir():
        reason = "The JavaScript SDK is not installed: run `make sdk`."
        if os.environ.get("CI"):
            pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
        pytest.skip(reason)

    @asynccontextmanager
    async def started(server: Server | Relay, *, cookie: str = "") -> AsyncIterator[Program]:
        process = await asyncio.create_subprocess_exec(
            *(str(node_path), str(HERE / "program.mjs"), server.data_socket, cookie),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        program = Program(process)
        try:
            await program.event("connected")
            yield program
        finally:
            process.kill()
            await process.communicate()

    return started


async def test_message_of_one_program_reaches_both_with_an_offset(run: Run, server: Server) -> None:
    async with run(server) as one, run(server) as other:
        await one.follow()
        await other.follow()

        await one.say("hello from JavaScript")

        first, second = await one.event("publication"), await other.event("publication")
        assert first == second
        assert first["data"]["text"] == "hello from JavaScript"
        await one.say("and again")
        assert (await other.event("publication"))["offset"] == first["offset"] + 1 > 1


async def test_call_of_an_action_returns_its_result(run: Run, server: Server) -> None:
    async with run(server) as one:
        await one.say("what comes back?")

        assert (await one.event("result"))["data"]["text"] == "what comes back?"


async def test_publish_into_a_chat_room_is_refused_with_103(run: Run, server: Server) -> None:
    async with run(server) as one:
        await one.order("publish", channel=LOBBY, data={"text": "past the action"})

        assert await one.event("error") == {
            "event": "error",
            "code": 103,
            "message": "permission denied",
        }


async def test_unknown_topic_ends_the_subscription_with_102(run: Run, server: Server) -> None:
    async with run(server) as one:
        await one.order("subscribe", channel="no.such.topic")

        assert (await one.event("unsubscribed"))["code"] == 102


async def test_unsubscribed_program_hears_nothing_and_recovers_it_when_it_subscribes_again(
    run: Run, server: Server
) -> None:
    async with run(server) as one, run(server) as other:
        await one.follow()
        await other.follow()
        await one.order("unsubscribe", channel=LOBBY)
        await one.event("unsubscribed")
        await one.order("rpc", method="chat.history", data={"room": "lobby"})
        await one.event("result")  # the server has seen the unsubscribe, too

        await other.say("missed")
        await other.event("publication")
        await one.order("rpc", method="chat.history", data={"room": "lobby"})
        await one.event("result")
        assert "publication" not in [event["event"] for event in one.events]
        await one.follow()
        await other.say("live again")

        heard = [(await one.event("publication"))["data"]["text"] for _ in range(2)]
        assert heard == ["missed", "live again"]
        assert "connecting" not in [event["event"] for event in one.events[1:]]


async def test_program_comes_back_when_the_server_was_restarted(
    run: Run, own_server: Server
) -> None:
    async with run(own_server) as one:
        await one.follow()

        await asyncio.to_thread(own_server.stop)
        await one.event("connecting")
        await asyncio.to_thread(own_server.start)
        await one.event("subscribed")

        await one.say("back again")
        assert (await one.event("publication"))["data"]["text"] == "back again"


async def test_plain_form_of_a_person_reaches_the_program(run: Run, server: Server) -> None:
    async with run(server) as one, Visitor(server) as visitor:
        await one.follow()

        await visitor.post("/rooms/lobby/", text="from a page without script")

        heard = await one.event("publication")
        assert heard["data"]["text"] == "from a page without script"


async def test_sign_out_ends_the_program_of_the_session_for_good(run: Run, server: Server) -> None:
    async with Visitor(server) as visitor, run(server, cookie=visitor.cookie) as one:
        await one.say("as myself")
        assert (await one.event("result"))["data"]["author"].startswith("guest-")

        await visitor.post("/accounts/sign-out/")

        ended = await one.event("disconnected")
        assert (ended["code"], ended["reason"]) == (3503, "signed out")
