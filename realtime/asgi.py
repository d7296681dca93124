"""The outermost ASGI application: attaches the engine to the server's event loop.

uvicorn announces itself with a lifespan, daphne does not, so the first scope of any kind attaches
the engine: a view may publish before anybody has opened a socket.
"""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from typing import Any

from realtime import registry

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
        await self._application(scope, receive, send)


async def _serve_lifespan(
    receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[Any], Awaitable[None]]
) -> None:
    await receive()  # lifespan.startup
    await registry.attach()
    _spare_the_collector()
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    await registry.detach()
    await send({"type": "lifespan.shutdown.complete"})


def _spare_the_collector() -> None:
    """Keep the garbage collector from walking over all that lives as long as the server.

    Each connection adds objects that stay. With the usual thresholds the collector would look at
    all of them again and again while clients connect, and so slow down those who come late.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
