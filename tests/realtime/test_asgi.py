"""The outermost application: attaches the engine, and answers the server's lifespan."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from realtime import registry
from realtime.asgi import Realtime

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _fresh_engine() -> Iterator[None]:
    registry.reset()
    yield
    registry.reset()


@pytest.fixture(autouse=True)
def _spared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the collector of the test process as it is."""
    monkeypatch.setattr("realtime.asgi._spare_the_collector", lambda: None, raising=False)


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
    arguments = ({"type": kind}, queue.get, queue.put)

    await Realtime(site)(*arguments)

    assert site.calls == [arguments]
    assert site.loops == [asyncio.get_running_loop()]


async def test_lifespan_attaches_at_startup_and_detaches_at_shutdown() -> None:
    site = Site()
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    outgoing: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(Realtime(site)({"type": "lifespan"}, incoming.get, outgoing.put))

    incoming.put_nowait({"type": "lifespan.startup"})
    assert await asyncio.wait_for(outgoing.get(), 5) == {"type": "lifespan.startup.complete"}
    assert registry.engine().pubsub.loop is asyncio.get_running_loop()

    incoming.put_nowait({"type": "lifespan.shutdown"})
    assert await asyncio.wait_for(outgoing.get(), 5) == {"type": "lifespan.shutdown.complete"}
    await asyncio.wait_for(task, 5)
    assert registry.engine().pubsub.loop is None
    assert site.calls == []
