"""Server-side subscriptions: the site lets a client follow a topic that it did not ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.commands.subscribe import Request, join_at_position
from realtime.exceptions import ProtocolError
from realtime.message import Position

if TYPE_CHECKING:
    from realtime.consumers.data import DataConsumer
    from realtime.history import History
    from realtime.message import Frame

FROM_NOW_ON = Request(recover=False, since=Position(0, ""), flag=0)


async def subscribe_unasked(
    consumer: DataConsumer, topic: str, *, info: Any = None, data: Any = None
) -> None:
    """Follow a topic and push that to the client; raise `CommandError` 102, 103 or 106.

    Who may subscribe is not asked: the site itself decides. A client that follows the topic
    already goes on, and one that has not connected yet is not there.
    """
    if not consumer.connected or topic in consumer.connection.topics:
        return
    resolved = consumer.make_room(topic)
    result: dict[str, Any] = {}
    live: list[Frame] = []
    if resolved.options.history is None:
        consumer.join(topic)
    else:
        result, live = await _join(consumer, topic, resolved.options.history)
    if consumer.connection.outbox.ending is not None:  # it ended while the position was read
        consumer.leave(topic)
        return
    consumer.server_side.add(topic)
    if info is not None:
        consumer.topic_info[topic] = info
    if data is not None:
        result["data"] = data
    for frame in (protocol.subscribe_push(topic, result), *live):
        consumer.put(frame)
    consumer.appear(topic, listens=resolved.options.join_leave)


async def _join(
    consumer: DataConsumer, topic: str, history: History
) -> tuple[dict[str, Any], list[Frame]]:
    try:
        return await join_at_position(consumer, topic, history, FROM_NOW_ON)
    except ProtocolError as error:
        consumer.connection.close(error.code, error.reason)
        return {}, []
