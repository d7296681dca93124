"""The outermost application: attaches the engine, and answers the server's lifespan."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
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
    arguments = ({"type": kind}, queue.get, queue.put)

    await Realtime(site)(*arguments)

    assert site.calls == [arguments]
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
