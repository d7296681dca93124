"""The methods of the server API by name, and the answer to a call of one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.api.connections import disconnect, refresh, subscribe, unsubscribe
from realtime.api.node import info
from realtime.api.publications import broadcast, publish
from realtime.api.requests import MAX_ANSWER, bad_request, body_of
from realtime.api.topics import channels, history, history_remove, presence, presence_stats
from realtime.codecs.base import Encoded
from realtime.codecs.json import dumps, error_of
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
READING = frozenset({"channels", "history", "presence"})

FULL = dumps(
    {
        "error": {
            "code": protocol.LIMIT_EXCEEDED,
            "message": "limit exceeded: this answer is full. Send this command again",
        }
    }
)


async def answer(engine: Engine, name: str, value: Any) -> dict[str, Any]:
    """Call the method `name`, one of `NAMES`, with the JSON value of a request."""
    try:
        body = body_of(value)
        if name == "batch":
            return {"replies": await _batch(engine, body)}
        return {"result": _encoded(await METHODS[name](engine, body))}
    except CommandError as error:
        engine.instrumentation.refuse("api", error.code)
        return refusal(error)
    except NotServingError:  # the server shuts down
        raise
    except Exception as error:  # noqa: BLE001 - a defect of ours must not show to the program
        engine.instrumentation.fail("server API", error)
        return refusal(CommandError(protocol.INTERNAL, "internal server error", temporary=True))


def refusal(error: CommandError) -> dict[str, Any]:
    """Return the answer that refuses."""
    return {"error": error_of(error)}


def _encoded(result: dict[str, Any]) -> Encoded:
    raw = dumps(result)
    if len(raw) > MAX_ANSWER:
        raise CommandError(
            protocol.LIMIT_EXCEEDED, f"limit exceeded: an answer has at most {MAX_ANSWER} bytes"
        )
    return Encoded(raw)


async def _batch(engine: Engine, body: Body) -> list[Encoded]:
    """Return a reply for each command, in order: under its name, or an error.

    When the answer is full, the rest is refused, and not performed.
    """
    commands = body.get("commands")
    if not isinstance(commands, list):
        raise bad_request("commands must be a list")
    replies, room = [], MAX_ANSWER
    for command in commands:
        reply = dumps(await _reply(engine, command)) if room > 0 else FULL
        if len(reply) > room > 0 and _only_reads(command):
            reply, room = FULL, 0
        replies.append(Encoded(reply))
        room -= len(reply)
        await asyncio.sleep(0)  # others have their turn
    return replies


def _only_reads(command: Any) -> bool:
    # What was changed has to be told, however full the answer is; it is never much.
    return isinstance(command, dict) and not READING.isdisjoint(command)


async def _reply(engine: Engine, command: Any) -> dict[str, Any]:
    if not isinstance(command, dict) or len(command) != 1:
        return refusal(bad_request("a command is an object with one key, its method"))
    [(name, value)] = command.items()
    if name not in METHODS:
        return refusal(CommandError(protocol.METHOD_NOT_FOUND, "method not found"))
    answered = await answer(engine, name, value)
    return {name: answered["result"]} if "result" in answered else answered
