"""The outermost ASGI application: attaches the engine to the server's event loop.

uvicorn announces itself with a lifespan, daphne does not, so the first scope of any kind attaches
the engine: a view may publish before anybody has opened a socket.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from realtime import registry
from realtime.draining import drain

Application = Callable[..., Awaitable[Any]]


class Realtime:
    """Wraps the application of the site."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Serve one scope."""
        if scope["type"] == "lifespan":
            await _serve_lifespan(receive, send)
            return
        await registry.attach()
        # A page that is made now will follow its topics from here on: see `templatetags`.
        began = time.monotonic()
        await self._application({**scope, "realtime.began": began}, receive, send)


async def _serve_lifespan(
    receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[Any], Awaitable[None]]
) -> None:
    await receive()  # lifespan.startup
    engine = await registry.attach()
    _spare_the_collector()
    with _drained_before_the_server_stops(engine):
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
    await registry.detach()
    await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def _drained_before_the_server_stops(engine: registry.Engine) -> Iterator[None]:
    """Send the clients away at the signals that end the server, and then let it handle them.

    A server says `lifespan.shutdown` only after it has closed all WebSockets at once, and waited
    for all responses to end. Streams never do by themselves. A second signal reaches it directly.
    """
    loop = asyncio.get_running_loop()
    handled = _signal_handlers()
    drains: list[asyncio.Task[None]] = []

    async def stop(number: int, frame: Any) -> None:
        await drain(engine.connections, limit=engine.settings.drain_time)
        engine.sessions.end_all()
        handled[number](number, frame)

    def begin(number: int, frame: Any) -> None:
        drains.append(loop.create_task(stop(number, frame), name="realtime-drain"))

    def handle(number: int, frame: Any) -> None:
        if engine.connections.closing:
            handled[number](number, frame)
        else:
            engine.connections.closing = True
            loop.call_soon_threadsafe(begin, number, frame)

    for number in handled:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
        for task in drains:
            task.cancel()


def _signal_handlers() -> dict[int, Callable[[int, Any], Any]]:
    """Return what handles the signals that end a server; whoever does not handle one dies of it."""
    if threading.current_thread() is not threading.main_thread():
        return {}  # signals are for the main thread alone
    found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    return {number: handler for number, handler in found.items() if callable(handler)}


def _spare_the_collector() -> None:
    """Keep the garbage collector from walking over all that lives as long as the server.

    Each connection adds objects that stay. With the usual thresholds the collector would look at
    all of them again and again while clients connect, and so slow down those who come late. Many
    small collections of what is young pause the server for a few milliseconds each, where few large
    ones paused it for 50; the oldest are looked at as rarely as can be.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 200)
