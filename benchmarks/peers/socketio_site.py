"""python-socketio behind ASGI: rooms, and `emit(..., room=...)`, as its documentation has it."""

from __future__ import annotations

from typing import Any

import socketio

from benchmarks.apps.stats import with_stats

_server = socketio.AsyncServer(async_mode="asgi")
_rooms: dict[str, str] = {}  # of each connection


async def _connect(sid: str, _environ: dict[str, Any], auth: dict[str, Any]) -> None:
    _rooms[sid] = auth["room"]
    if auth["follow"]:
        await _server.enter_room(sid, auth["room"])


async def _message(sid: str, data: dict[str, Any]) -> None:
    await _server.emit("message", data, room=_rooms[sid])


async def _disconnect(sid: str, _reason: str) -> None:
    _rooms.pop(sid, None)


for _name, _handler in (
    ("connect", _connect),
    ("message", _message),
    ("disconnect", _disconnect),
):
    _server.on(_name, _handler)

application = with_stats(socketio.ASGIApp(_server), lambda: {"connections": len(_rooms)})
