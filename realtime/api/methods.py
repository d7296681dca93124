"""The methods of the server API by name, and the answer to a call of one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.api.connections import disconnect, refresh, subscribe, unsubscribe
from realtime.api.node import info
from realtime.api.publications import broadcast, publish
from realtime.api.requests import bad_request, body_of
from realtime.api.topics import channels, history, history_remove, presence, presence_stats
from realtime.exceptions import CommandError, NotServingError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime.api.requests import Body
    from realtime.registry import Engine

    Method = Callable[[Engine, Body], Awaitable[dict[str, Any]]]

METHODS: dict[str, Method] = {
    "broadcast": broadcast,
    "channels": channels,
    "disconnect": disconnect,
    "history": history,
    "history_remove": history_remove,
    "info": info,
    "presence": presence,
    "presence_stats": presence_stats,
    "publish": publish,
    "refresh": refresh,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
}
NAMES = frozenset({*METHODS, "batch"})


async def answer(engine: Engine, name: str, value: Any) -> dict[str, Any]:
    """Call the method `name`, one of `NAMES`, with the JSON value of a request."""
    try:
        body = body_of(value)
        if name == "batch":
            return {"replies": await _batch(engine, body)}
        return {"result": await METHODS[name](engine, body)}
    except CommandError as error:
        engine.instrumentation.refuse("api", error.code)
        return error_of(error)
    except NotServingError:  # the server shuts down
        raise
    except Exception as error:  # noqa: BLE001 - a defect of ours must not show to the program
        engine.instrumentation.fail("server API", error)
        return error_of(CommandError(protocol.INTERNAL, "internal server error", temporary=True))


def error_of(error: CommandError) -> dict[str, Any]:
    """Return the answer that refuses."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.temporary:
        body["temporary"] = True
    return {"error": body}


async def _batch(engine: Engine, body: Body) -> list[dict[str, Any]]:
    """Return a reply for each command, in order: under its name, or an error."""
    commands = body.get("commands")
    if not isinstance(commands, list):
        raise bad_request("commands must be a list")
    replies = []
    for command in commands:
        replies.append(await _reply(engine, command))
        await asyncio.sleep(0)  # others have their turn
    return replies


async def _reply(engine: Engine, command: Any) -> dict[str, Any]:
    if not isinstance(command, dict) or len(command) != 1:
        return error_of(bad_request("a command is an object with one key, its method"))
    [(name, value)] = command.items()
    if name not in METHODS:
        return error_of(CommandError(protocol.METHOD_NOT_FOUND, "method not found"))
    answered = await answer(engine, name, value)
    return {name: answered["result"]} if "result" in answered else answered
