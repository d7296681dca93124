"""Lets the server stop only after it was written down who was seen."""

from __future__ import annotations

import atexit
from collections.abc import Awaitable, Callable
from typing import Any

from presence.desk import settle, settle_at_exit

Application = Callable[..., Awaitable[Any]]


class Settled:
    """Wraps the outermost application of the site, which serves the server's lifespan."""

    def __init__(self, application: Application) -> None:
        self._application = application
        atexit.register(settle_at_exit)  # daphne, for one, does not say that it stops

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one scope."""
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return

        async def send_settled(event: dict[str, Any]) -> None:
            if event["type"] == "lifespan.shutdown.complete":
                await settle()
            await send(event)

        await self._application(scope, receive, send_settled)
