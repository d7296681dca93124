"""What this process is and serves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from realtime.api.topics import followed
from realtime.version import VERSION

if TYPE_CHECKING:
    from realtime.api.requests import Body
    from realtime.registry import Engine


async def info(engine: Engine, body: Body) -> dict[str, Any]:
    """Return the processes of the site; with the memory broker it is this one."""
    topics = followed(engine)
    node = {
        "uid": engine.id,
        "name": "goby",
        "version": VERSION,
        "num_clients": len(engine.connections),
        "num_users": engine.connections.users,
        "num_subs": sum(topics.values()),
        "num_channels": len(topics),
        "uptime": int(time.monotonic() - engine.started_at),
    }
    return {"nodes": [node]}
