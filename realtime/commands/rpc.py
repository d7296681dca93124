"""RPC and send: actions, with a reply and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import actions, protocol
from realtime.exceptions import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.consumers.data import DataConsumer
    from realtime.protocol import Command


async def rpc(consumer: DataConsumer, command: Command) -> None:
    """Perform an action and reply with its result; raise what `actions.perform` raises."""
    found = actions.find(protocol.text_of(command.body, "method"))
    result = await actions.perform(found, consumer.client, _arguments_of(command.body))
    try:
        consumer.answer(command, {"data": result})
    except TypeError as error:
        consumer.engine.instrumentation.fail(f"action {found.name}", error)
        raise CommandError(protocol.INTERNAL, "internal server error") from error


async def send(consumer: DataConsumer, command: Command) -> None:
    """Perform the action that the data names, without a reply."""
    data = protocol.data_of(command.body)
    if not isinstance(data, dict):
        raise CommandError(protocol.BAD_REQUEST, "bad request: data must be an object")
    arguments = dict(data)
    found = actions.find(protocol.text_of(arguments, "action"))
    del arguments["action"]
    await actions.perform(found, consumer.client, arguments)


def _arguments_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    data = body.get("data")
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise CommandError(protocol.BAD_REQUEST, "bad request: data must be an object")
    return data
