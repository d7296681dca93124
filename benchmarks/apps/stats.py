"""A window into the server process: what it holds at this moment, and what it did, over HTTP.

Memory, tasks and connections can only be compared from the inside; each benchmark application is
wrapped so that `GET /bench/stats` answers with its counts, whatever else it serves. What only rises
stands apart, under `/bench/events`: it says nothing of what somebody left behind.
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
Counts = Callable[[], dict[str, int]]

PATH = "/bench/stats"
EVENTS = "/bench/events"


def _none() -> dict[str, int]:
    return {}


def with_stats(app: Application, counts: Counts, events: Counts = _none) -> Application:
    """Serve the counts beside the application; everything else passes untouched."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            await _answer(send, {**_process_counts(scope), **counts()})
        elif scope["type"] == "http" and scope["path"] == EVENTS:
            await _answer(send, events())
        else:
            await app(scope, receive, send)

    return wrapped


def _process_counts(scope: Scope) -> dict[str, int]:
    counts = {"tasks": len(asyncio.all_tasks())}
    if b"collect" in scope.get("query_string", b""):
        gc.collect()
        counts["objects"] = len(gc.get_objects())
    return counts


async def _answer(send: Send, counts: dict[str, int]) -> None:
    body = json.dumps(counts).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
