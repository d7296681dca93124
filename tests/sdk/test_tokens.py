"""Both official clients with tokens: fetched, refreshed, refused and replayed, on real servers."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so
import pytest

from tests.sdk.visitor import Visitor
from tests.server import Server, serve
from tests.tokens import KEYS, OTHER_SECRET, mint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

HERE = Path(__file__).parent
LOBBY = "chat.room.lobby"
PATIENCE = 15


class Program(Protocol):
    """A running program that uses an SDK, and what it told so far."""

    events: list[dict[str, Any]]

    async def next(self) -> dict[str, Any]:
        """Return the next thing that it tells."""
        ...

    async def call(self) -> None:
        """Let it call an action."""
        ...


class Starts(Protocol):
    """Starts a program that shows these tokens one after the other."""

    def __call__(
        self,
        server: Server,
        *connection: str,
        subscription: tuple[str, ...] = (),
        channel: str = "",
    ) -> AbstractAsyncContextManager[Program]: ...


class JavaScriptProgram:
    """A running `tokens.mjs`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        self.events.append(json.loads(line))
        return self.events[-1]

    async def call(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"call\n")
        await self.process.stdin.drain()


class PythonProgram(centrifuge.ClientEventHandler):  # type: ignore[misc]  # as above
    """The same with the Python client; its events come under the same names."""

    def __init__(self, address: str, connection: list[str], subscription: list[str]) -> None:
        self.events: list[dict[str, Any]] = []
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.tokens = {"connection": connection, "subscription": subscription}
        self.client = centrifuge.Client(
            address,
            events=self,
            get_token=lambda: self.token("connection"),
            proxy=None,
            max_reconnect_delay=0.5,
        )

    def follow(self, channel: str) -> Any:
        """Return the subscription to a topic."""
        return self.client.new_subscription(
            channel, events=Subscribed(self), get_token=lambda _: self.token("subscription")
        )

    async def token(self, kind: str) -> str:
        """Fetch the next token."""
        tokens = self.tokens[kind]
        self.tell("asked", kind=kind, left=len(tokens))
        return tokens.pop(0) if tokens else ""

    def tell(self, event: str, **details: Any) -> None:
        """Keep what happens."""
        self.queue.put_nowait({"event": event, **details})

    async def next(self) -> dict[str, Any]:
        self.events.append(await asyncio.wait_for(self.queue.get(), PATIENCE))
        return self.events[-1]

    async def call(self) -> None:
        result = await self.client.rpc("chat.history", {"room": "lobby"})
        self.tell("result", data=result.data)

    async def on_connecting(self, ctx: Any) -> None:
        self.tell("connecting", code=ctx.code)

    async def on_connected(self, ctx: Any) -> None:
        self.tell("connected")

    async def on_disconnected(self, ctx: Any) -> None:
        self.tell("disconnected", code=ctx.code)

    async def on_subscribed(self, ctx: Any) -> None:
        self.tell("given", channel=ctx.channel)

    async def on_publication(self, ctx: Any) -> None:
        self.tell("publication", data=ctx.pub.data)


class Subscribed(centrifuge.SubscriptionEventHandler):  # type: ignore[misc]  # as above
    """Tells what happens to the one subscription of a program."""

    def __init__(self, program: PythonProgram) -> None:
        self.program = program

    async def on_subscribed(self, ctx: Any) -> None:
        self.program.tell("subscribed")

    async def on_unsubscribed(self, ctx: Any) -> None:
        self.program.tell("unsubscribed", code=ctx.code)

    async def on_publication(self, ctx: Any) -> None:
        self.program.tell("publication", data=ctx.pub.data)


@asynccontextmanager
async def python(
    server: Server, *connection: str, subscription: tuple[str, ...] = (), channel: str = ""
) -> AsyncIterator[Program]:
    """Run a program with the Python client until the block ends."""
    running = PythonProgram(server.data_socket, [*connection], [*subscription])
    if channel:
        await running.follow(channel).subscribe()
    await running.client.connect()
    try:
        yield running
    finally:
        await running.client.disconnect()
        if running.client._background_tasks:
            await asyncio.wait(running.client._background_tasks, timeout=5)


def javascript(node: Path) -> Starts:
    """Return what runs a program with the JavaScript client until the block ends."""

    @asynccontextmanager
    async def started(
        server: Server, *connection: str, subscription: tuple[str, ...] = (), channel: str = ""
    ) -> AsyncIterator[Program]:
        shown = {"connection": connection, "subscription": subscription, "channel": channel}
        process = await asyncio.create_subprocess_exec(
            *(str(node), str(HERE / "tokens.mjs"), server.data_socket, json.dumps(shown)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield JavaScriptProgram(process)
        finally:
            process.kill()
            await process.communicate()

    return started


@pytest.fixture(params=["python", pytest.param("javascript", marks=pytest.mark.node)])
def run(request: pytest.FixtureRequest) -> Starts:
    """Return what runs a program, with each SDK in turn."""
    if request.param == "python":
        return python
    node: Path = request.getfixturevalue("node_path")
    if not (HERE / "node_modules" / "centrifuge").is_dir():
        reason = "The JavaScript SDK is not installed: run `make sdk`."
        if os.environ.get("CI"):
            pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
        pytest.skip(reason)
    return javascript(node)


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def site(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that has the key of the tests."""
    with serve(request.param, environment={"GOBY_TOKEN_KEYS": json.dumps(KEYS)}) as server:
        yield server


async def until(
    program: Program, name: str, test: Callable[[dict[str, Any]], bool] = bool
) -> dict[str, Any]:
    """Return the next event of this name that passes the test; others are passed over."""
    while True:
        event = await program.next()
        if event["event"] == name and test(event):
            return event


async def test_token_is_refreshed_before_it_ends(run: Starts, site: Server) -> None:
    async with run(site, mint(ttl=2), mint(ttl=600)) as program:
        await until(program, "connected")

        await until(program, "asked", lambda event: event["left"] == 1)
        await program.call()
        await until(program, "result")

        names = [event["event"] for event in program.events]
        assert names.count("connecting") == names.count("connected") == 1


async def test_expired_token_makes_the_client_fetch_another(run: Starts, site: Server) -> None:
    async with run(site, mint(ttl=-10), mint()) as program:
        await until(program, "connected")

        assert [event["left"] for event in program.events if event["event"] == "asked"] == [2, 1]


async def test_forged_token_ends_the_client_for_good(run: Starts, site: Server) -> None:
    async with run(site, mint(key=OTHER_SECRET), mint()) as program:
        assert (await until(program, "disconnected"))["code"] == 3500


async def test_refresh_by_another_users_token_ends_the_client(run: Starts, site: Server) -> None:
    async with run(site, mint(ttl=2), mint(key=OTHER_SECRET)) as program:
        await until(program, "connected")

        assert (await until(program, "disconnected"))["code"] == 3500


async def test_subscription_token_is_refreshed_before_it_ends(run: Starts, site: Server) -> None:
    tokens = (mint(channel=LOBBY, ttl=2), mint(channel=LOBBY))
    async with run(site, mint(), subscription=tokens, channel=LOBBY) as program:
        await until(program, "subscribed")

        await until(program, "asked", lambda event: event["left"] == 1)
        async with Visitor(site) as visitor:
            await visitor.post("/rooms/lobby/", text="after the refresh")

        assert (await until(program, "publication"))["data"]["text"] == "after the refresh"
        assert "unsubscribed" not in [event["event"] for event in program.events]


async def test_expired_subscription_token_makes_the_client_fetch_another(
    run: Starts, site: Server
) -> None:
    tokens = (mint(channel=LOBBY, ttl=-10), mint(channel=LOBBY))
    async with run(site, mint(), subscription=tokens, channel=LOBBY) as program:
        await until(program, "subscribed")


async def test_subscription_token_of_another_topic_ends_the_client(
    run: Starts, site: Server
) -> None:
    tokens = (mint(channel="chat.room.random"),)
    async with run(site, mint(), subscription=tokens, channel=LOBBY) as program:
        assert (await until(program, "disconnected"))["code"] == 3500


async def test_client_is_given_the_topics_of_its_token(run: Starts, site: Server) -> None:
    async with run(site, mint(channels=[LOBBY])) as program:
        assert (await until(program, "given"))["channel"] == LOBBY

        async with Visitor(site) as visitor:
            await visitor.post("/rooms/lobby/", text="to whom it may concern")

        assert (await until(program, "publication"))["data"]["text"] == "to whom it may concern"


async def test_token_of_the_site_ends_with_its_session_and_cannot_be_replayed(
    run: Starts, site: Server
) -> None:
    async with Visitor(site) as visitor:
        token = (await visitor.get("/realtime/token/")).json()["token"]
        async with run(site, token) as program:
            await until(program, "connected")

            await visitor.post("/accounts/sign-out/")
            assert (await until(program, "disconnected"))["code"] == 3503

    async with run(site, token) as replayed:
        assert (await until(replayed, "disconnected"))["code"] == 3500
