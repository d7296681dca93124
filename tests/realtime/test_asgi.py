"""The outermost application: attaches the engine, and answers the server's lifespan."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from realtime import registry
from realtime.asgi import Realtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


pytestmark = pytest.mark.usefixtures("fresh_engine")


@pytest.fixture(autouse=True)
def collector(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep what the collector would be told, and leave that of the test process as it is."""
    told: list[str] = []
    fake = SimpleNamespace(
        collect=lambda: told.append("collect"),
        freeze=lambda: told.append("freeze"),
        set_threshold=lambda *numbers: told.append("set_threshold"),
    )
    monkeypatch.setattr("realtime.asgi.gc", fake)
    return told


class Site:
    """An application that keeps what it was called with, and whether the engine served."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.loops: list[object] = []

    async def __call__(self, *arguments: Any) -> None:
        self.calls.append(arguments)
        self.loops.append(registry.engine().pubsub.loop)


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_first_scope_of_any_kind_attaches_the_engine(kind: str) -> None:
    site = Site()
    queue: asyncio.Queue[Any] = asyncio.Queue()
    before = time.monotonic()

    await Realtime(site)({"type": kind}, queue.get, queue.put)

    [(scope, *rest)] = site.calls
    assert rest == [queue.get, queue.put]
    assert scope.keys() == {"type", "realtime.began"}
    assert before <= scope["realtime.began"] <= time.monotonic()
    assert site.loops == [asyncio.get_running_loop()]


async def test_lifespan_attaches_at_startup_and_detaches_at_shutdown(
    collector: list[str],
) -> None:
    site = Site()
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    outgoing: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(Realtime(site)({"type": "lifespan"}, incoming.get, outgoing.put))

    incoming.put_nowait({"type": "lifespan.startup"})
    assert await asyncio.wait_for(outgoing.get(), 5) == {"type": "lifespan.startup.complete"}
    assert registry.engine().pubsub.loop is asyncio.get_running_loop()
    assert collector == ["collect", "freeze", "set_threshold"]

    incoming.put_nowait({"type": "lifespan.shutdown"})
    assert await asyncio.wait_for(outgoing.get(), 5) == {"type": "lifespan.shutdown.complete"}
    await asyncio.wait_for(task, 5)
    assert registry.engine().pubsub.loop is None
    assert site.calls == []


@asynccontextmanager
async def serving() -> AsyncIterator[None]:
    """Be a server that has started, and stops with the block."""
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    outgoing: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(Realtime(Site())({"type": "lifespan"}, incoming.get, outgoing.put))
    incoming.put_nowait({"type": "lifespan.startup"})
    await asyncio.wait_for(outgoing.get(), 5)
    yield
    incoming.put_nowait({"type": "lifespan.shutdown"})
    await asyncio.wait_for(task, 5)


@pytest.fixture
def handle() -> Iterator[Callable[[signal.Signals, Any], None]]:
    """Handle signals as a server would, and put what was there back."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def replace(number: signal.Signals, handler: Any) -> None:
        signal.signal(number, handler)

    yield replace
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_ends_the_streams_and_reaches_the_server(
    number: signal.Signals, handle: Callable[[signal.Signals, Any], None]
) -> None:
    told: list[int] = []

    def server(number: int, frame: object) -> None:
        told.append(number)

    handle(number, server)
    async with serving():
        with registry.engine().sessions.opened() as session:
            signal.raise_signal(number)

            async with asyncio.timeout(5):
                events = [await session.receive() for _ in range(2)]
        assert told == [number]

    assert events[1] == {"type": "websocket.disconnect", "code": 1012}
    assert signal.getsignal(number) is server


async def test_second_signal_reaches_the_server_at_once(
    handle: Callable[[signal.Signals, Any], None],
) -> None:
    told: list[int] = []
    handle(signal.SIGTERM, lambda number, frame: told.append(number))

    async with serving():
        registry.engine().connections.closing = True  # as after the first signal
        signal.raise_signal(signal.SIGTERM)

        assert told == [signal.SIGTERM]


async def test_signal_that_the_server_does_not_handle_keeps_its_meaning(
    handle: Callable[[signal.Signals, Any], None],
) -> None:
    handle(signal.SIGTERM, signal.SIG_DFL)

    async with serving():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_server_in_a_thread_is_served_without_signals() -> None:
    async def serve() -> None:
        async with serving():
            pass

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=asyncio.run, args=[serve()])

    thread.start()
    await asyncio.to_thread(thread.join, 5)

    assert not thread.is_alive()
    assert signal.getsignal(signal.SIGINT) is before
