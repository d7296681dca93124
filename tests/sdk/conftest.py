"""Servers and SDKs that the tests share: each is started when it is first asked for.

Tests that use them run on one event loop for the whole session, as these do.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cent
import pytest
import pytest_asyncio

from tests.sdk.javascript_hosts import ChromiumHost, NodeHost
from tests.sdk.modes import ALL, MODES
from tests.sdk.program import SDK, Mode, Program
from tests.sdk.python_host import PythonHost
from tests.server import PROFILES, Kind, Server, serve
from tests.tokens import KEYS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from tests.relay import Relay
    from tests.sdk.program import Event, Host, Start

    # Where the programs are that run the SDKs.
    Paths = dict[SDK, Path]

HERE = Path(__file__).parent
API_KEY = "the-key-of-the-tests-which-is-long-enough"
OTHER_API_KEY = "another-key-that-is-good-at-the-same-time"


# Servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[Kind], Server]]:
    """Return a function that starts a server of each kind when it is first asked for."""
    with ExitStack() as stack:
        yield cache(lambda kind: stack.enter_context(serve(kind, environment=environment(kind))))


def environment(kind: Kind) -> dict[str, str]:
    """Return what gives a server the tests' topics, token keys and API keys."""
    return {
        "DJANGO_SETTINGS_MODULE": f"tests.playground.settings.{PROFILES[kind]}",
        "GOBY_TOKEN_KEYS": json.dumps(KEYS),
        "GOBY_API_KEYS": f"tests:{API_KEY},{OTHER_API_KEY}",
    }


@pytest.fixture(params=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, servers: Callable[[Kind], Server]) -> Server:
    """Each kind of server in turn; do not stop it."""
    return servers(request.param)


@pytest.fixture(params=["uvicorn", "daphne"])
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of this test alone, which may stop and start it."""
    with serve(request.param, environment=environment(request.param)) as server:
        yield server


@pytest.fixture(scope="session")
def strict_server() -> Iterator[Server]:
    """A server that soon finds its clients dead, or too eager; do not stop it."""
    settings = {"PING_INTERVAL": 1, "PONG_TIMEOUT": 1, "PUBLISH_RATE": 0.1, "PUBLISH_BURST": 20}
    strict = {"PLAYGROUND_GOBY": json.dumps(settings)}
    with serve("uvicorn", environment={**environment("uvicorn"), **strict}) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def api(server: Server) -> AsyncIterator[cent.AsyncClient]:
    """A program that uses the server API."""
    async with cent.AsyncClient(f"{server.url}/api", API_KEY) as client:
        yield client


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A topic of this test alone, with a history."""
    return f"play.stream.{abs(hash(request.node.nodeid))}"


# SDKs


class Hosts:
    """What runs the SDKs, one of each."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._started: dict[SDK, Host] = {"python": PythonHost()}
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def run(
        self,
        mode: Mode,
        paths: Paths,
        site: Server | Relay,
        *,
        cookie: str = "",
        tokens: Sequence[str] | None = None,
        connect: bool = True,
    ) -> AsyncIterator[Program]:
        """Run a program until the block ends."""
        host = await self._host(mode.sdk, paths)
        told: asyncio.Queue[Event] = asyncio.Queue()
        shown = None if tokens is None else [*tokens]
        async with host.client(
            site, told.put_nowait, form=mode.form, cookie=cookie, tokens=shown
        ) as obey:
            program = Program(obey=obey, told=told)
            if connect:
                await program.connect()
            yield program

    async def _host(self, sdk: SDK, paths: Paths) -> Host:
        async with self._starting:
            if sdk == "node" and sdk not in self._started:
                host = await self._stack.enter_async_context(NodeHost.run(paths[sdk]))
                self._started[sdk] = host
            if sdk == "chromium" and sdk not in self._started:
                page = await self._stack.enter_async_context(ChromiumHost.run(paths[sdk]))
                self._started[sdk] = page
        return self._started[sdk]


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def hosts() -> AsyncIterator[Hosts]:
    """What runs the SDKs."""
    async with AsyncExitStack() as stack:
        yield Hosts(stack)


@pytest.fixture(params=ALL)
def mode(request: pytest.FixtureRequest) -> Mode:
    """Each SDK in turn, in each form of the protocol."""
    mode: Mode = request.param
    return mode


@pytest.fixture
def start(request: pytest.FixtureRequest, hosts: Hosts, mode: Mode) -> Start:
    """Return a function that starts a program in this mode."""
    return partial(hosts.run, mode, paths_for(request, mode.sdk))


class Everyone(Protocol):
    """Plays a scene with the programs of all modes at once, for what takes its time."""

    async def __call__(self, scene: Callable[[Mode, Start], Awaitable[None]]) -> None: ...


@pytest.fixture(params=[pytest.param("all modes", marks=[pytest.mark.node, pytest.mark.browser])])
def everyone(request: pytest.FixtureRequest, hosts: Hosts) -> Everyone:
    """Return a function that plays a scene in all modes at once."""
    paths = paths_for(request, "node", "chromium")

    async def play(scene: Callable[[Mode, Start], Awaitable[None]], mode: Mode) -> None:
        try:
            await scene(mode, partial(hosts.run, mode, paths))
        except Exception as error:
            error.add_note(f"This was {mode}.")
            raise

    async def play_all(scene: Callable[[Mode, Start], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as group:
            for mode in MODES:
                group.create_task(play(scene, mode))

    return play_all


def paths_for(request: pytest.FixtureRequest, *sdks: SDK) -> Paths:
    """Return where the programs are that run these SDKs; skip or fail where one is missing."""
    found: Paths = {sdk: request.getfixturevalue(f"{sdk}_path") for sdk in sdks if sdk != "python"}
    if found and not (HERE / "node_modules" / "centrifuge").is_dir():
        reason = "The JavaScript SDK is not installed: run `make sdk`."
        if os.environ.get("CI"):
            pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
        pytest.skip(reason)
    return found
