"""What a client of the Data socket may ask for: a file for each kind of command.

A handler takes the consumer and the command, and puts its reply into the outbox itself, because
some replies have to leave before the pushes that the command causes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.commands.connect import connect
from realtime.commands.history import history
from realtime.commands.presence import presence, presence_stats
from realtime.commands.publish import publish
from realtime.commands.refresh import refresh, sub_refresh
from realtime.commands.rpc import rpc, send
from realtime.commands.subscribe import subscribe, unsubscribe
from realtime.exceptions import CommandError
from realtime.protocol import COMMANDS, METHOD_NOT_FOUND, NOT_AVAILABLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime.consumers.data import DataConsumer
    from realtime.protocol import Command

    Handler = Callable[[DataConsumer, Command], Awaitable[None]]

HANDLERS: dict[str, Handler] = {
    "connect": connect,
    "history": history,
    "presence": presence,
    "presence_stats": presence_stats,
    "publish": publish,
    "refresh": refresh,
    "rpc": rpc,
    "send": send,
    "sub_refresh": sub_refresh,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
}


async def perform(consumer: DataConsumer, command: Command) -> None:
    """Perform a command; raise `CommandError` if it is refused, 104 or 108 if there is none."""
    handler = HANDLERS.get(command.name)
    if handler is not None:
        await handler(consumer, command)
    elif command.name in COMMANDS:
        raise CommandError(NOT_AVAILABLE, "not available")
    else:
        raise CommandError(METHOD_NOT_FOUND, "method not found")
