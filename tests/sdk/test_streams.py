"""The official JavaScript client, unmodified, where WebSockets do not work: over streams."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.relay import Relay
from tests.request import CONNECT, HTTP_STREAM, SSE
from tests.sdk.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.server import Server

    Run = Callable[..., AbstractAsyncContextManager["Program"]]

HERE = Path(__file__).parent
LOBBY = "chat.room.lobby"
PATHS = {"sse": SSE, "http_stream": HTTP_STREAM}


class Program:
    """A running `streams.mjs`."""

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

    async def follow(self) -> dict[str, Any]:
        """Subscribe to the lobby, and wait until it is done."""
        await self.order("subscribe", channel=LOBBY)
        return await self.event("subscribed")

    async def say(self, text: str) -> None:
        """Post into the lobby."""
        await self.order("rpc", method="chat.send", data={"room": "lobby", "text": text})


@pytest.fixture(params=["sse", "http_stream", "http_stream protobuf"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of stream in turn, and its form."""
    return str(request.param)


@pytest.fixture
def run(node_path: Path, kind: str) -> Run:
    """Return a function that runs a program, connected by a stream, until its block ends."""
    if not (HERE / "node_modules" / "eventsource").is_dir():
        reason = "The JavaScript SDK is not installed: run `make sdk`."
        if os.environ.get("CI"):
            pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
        pytest.skip(reason)
    name, _, form = kind.partition(" ")

    @asynccontextmanager
    async def started(
        server: Server | Relay, *, cookie: str = "", first: str = ""
    ) -> AsyncIterator[Program]:
        stream = {"transport": name, "endpoint": f"{server.url}{PATHS[name]}"}
        blocked = {"transport": "websocket", "endpoint": first}
        transports = json.dumps([blocked, stream] if first else [stream])
        process = await asyncio.create_subprocess_exec(
            *(str(node_path), str(HERE / "streams.mjs")),
            *(server.url, form or "json", transports, cookie),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        program = Program(process)
        try:
            assert (await program.event("connected"))["transport"] == name
            yield program
        finally:
            process.kill()
            await process.communicate()

    return started


@pytest.mark.node
async def test_message_of_one_program_reaches_both_with_an_offset(run: Run, server: Server) -> None:
    async with run(server) as one, run(server) as other:
        await one.follow()
        await other.follow()

        await one.say("hello by a stream")

        first, second = await one.event("publication"), await other.event("publication")
        assert first == second
        assert first["data"]["text"] == "hello by a stream"
        await other.say("and back")
        assert (await one.event("publication"))["offset"] == first["offset"] + 1 > 1


@pytest.mark.node
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
        await one.follow()
        await other.say("live again")

        heard = [(await one.event("publication"))["data"]["text"] for _ in range(2)]
        assert heard == ["missed", "live again"]
        assert "connecting" not in [event["event"] for event in one.events[1:]]


@pytest.mark.node
async def test_program_recovers_what_it_missed_while_its_line_was_cut(
    run: Run, server: Server
) -> None:
    async with Relay(server.port) as line, run(line) as one, run(server) as other:
        await one.follow()
        await line.cut()
        await one.event("connecting")

        await other.follow()
        await other.say("while you were away")
        await other.event("publication")
        await line.mend()

        back = await one.event("subscribed")
        assert (back["wasRecovering"], back["recovered"]) == (True, True)
        assert (await one.event("publication"))["data"]["text"] == "while you were away"


@pytest.mark.node
async def test_program_falls_back_where_the_websocket_does_not_open(
    run: Run, server: Server
) -> None:
    blocked = f"ws://127.0.0.1:{server.port}/no/such/socket"
    async with run(server, first=blocked) as one:
        await one.say("by the other way")

        assert (await one.event("result"))["data"]["text"] == "by the other way"


@pytest.mark.node
async def test_sign_out_ends_the_stream_of_the_session_for_good(run: Run, server: Server) -> None:
    async with Visitor(server) as visitor, run(server, cookie=visitor.cookie) as one:
        await one.say("as myself")
        assert (await one.event("result"))["data"]["author"].startswith("guest-")

        await visitor.post("/accounts/sign-out/")

        ended = await one.event("disconnected")
        assert (ended["code"], ended["reason"]) == (3503, "signed out")


@pytest.mark.node
@pytest.mark.parametrize("kind", ["http_stream"], indirect=True)
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


@asynccontextmanager
async def open_stream(server: Server) -> AsyncIterator[tuple[httpx.Response, dict[str, Any]]]:
    """Open a stream of events, and yield it with the result of its connect command."""
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=15) as browser,
        browser.stream("GET", SSE, params={"cf_connect": CONNECT}) as response,
    ):
        lines = response.aiter_lines()
        first = await anext(lines)
        yield response, json.loads(first.removeprefix("data: "))["connect"]


async def test_server_stops_at_once_although_streams_are_open(own_server: Server) -> None:
    process = own_server.process
    assert process is not None
    async with open_stream(own_server), open_stream(own_server):
        await asyncio.to_thread(own_server.stop)

    assert process.returncode in {0, -signal.SIGTERM}  # and not of SIGKILL
    assert "timeout graceful shutdown exceeded" not in own_server.log
    assert "Traceback" not in own_server.log


async def test_letters_find_only_open_streams(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=15) as browser:
        async with open_stream(server) as (response, result):
            where = {"session": result["session"], "node": result["node"]}
            ping = {**where, "data": "{}"}
            statuses = [
                (await browser.post("/emulation", json={**ping, **changed})).status_code
                for changed in ({"node": "another"}, {"data": ""}, {"session": "guessed"})
            ]
            assert (response.status_code, statuses) == (200, [404, 400, 204])
        assert (await browser.post("/emulation", json=ping)).status_code == 204


async def test_page_of_another_site_is_refused(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=15) as browser:
        headers = {"Sec-Fetch-Site": "cross-site"}
        foreign = await browser.get(SSE, params={"cf_connect": CONNECT}, headers=headers)

        assert foreign.status_code == 403
        assert foreign.text.startswith("This address is not for other sites.")
