"""The end of a server: its clients are sent away a few at a time, so that they come back so.

A server that closes thousands of connections at once has all of them back at once, here after a
restart or at its neighbour. Nobody new is let in meanwhile. Pages and SDKs come back by
themselves, and recover what was published on the way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime.connections import Connections

# So many connections are closed in one go, and so many in a second.
GROUP = 50
PACE = 500

# Seconds between two looks whether all are gone.
PAUSE = 0.02


async def drain(connections: Connections, *, limit: float) -> None:
    """Close all connections, and wait until they are gone, for at most `limit` seconds in all."""
    connections.closing = True
    try:
        async with asyncio.timeout(limit):
            await _close_all(connections)
            while len(connections):  # noqa: ASYNC110 - leaving costs the others no event for it
                await asyncio.sleep(PAUSE)
    except TimeoutError:
        return  # a peer that does not read: the server does not wait for it either


async def _close_all(connections: Connections) -> None:
    for place, connection in enumerate(connections.everybody(), 1):
        connection.close(connection.shutdown.code, connection.shutdown.reason)
        if place % GROUP == 0:
            await asyncio.sleep(GROUP / PACE)
