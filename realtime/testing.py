"""For tests of apps that use live topics: an engine that serves, without a server.

with serving() as engine:
    client.post("/rooms/lobby/", {"text": "hi"})      # publishes as it would in the server
assert engine.instrumentation.published == 1
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from realtime import registry

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def serving() -> Iterator[registry.Engine]:
    """Serve a new engine on an event loop in a thread of its own, until the block ends."""
    registry.reset()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="realtime-testing", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(registry.attach(), loop).result(5)
        asyncio.run_coroutine_threadsafe(registry.detach(), loop).result(5)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
        registry.reset()
