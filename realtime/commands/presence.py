"""Presence: who follows a topic, and how many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.codecs.json import info_of
from realtime.exceptions import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.consumers.data import DataConsumer
    from realtime.message import ClientInfo
    from realtime.presence import Stats
    from realtime.protocol import Command


async def presence(consumer: DataConsumer, command: Command) -> None:
    """Return who follows a topic; raise `CommandError` 102, 103, 106, 107 or 108."""
    topic = await _admitted(consumer, command)
    members = await consumer.engine.presence.members(topic)
    frame = protocol.reply(command.id, "presence", result_of(members))
    if frame.size > consumer.engine.settings.outbox_max_size // 2:
        # Sent, it could close the connection as slow, and the client could only ask again.
        raise CommandError(protocol.LIMIT_EXCEEDED, "limit exceeded: ask for presence_stats")
    consumer.put(frame)


async def presence_stats(consumer: DataConsumer, command: Command) -> None:
    """Return how many follow a topic; raise `CommandError` 102, 103, 107 or 108."""
    topic = await _admitted(consumer, command)
    stats = await consumer.engine.presence.stats(topic)
    consumer.put(protocol.reply(command.id, "presence_stats", stats_of(stats)))


async def _admitted(consumer: DataConsumer, command: Command) -> str:
    topic = protocol.topic_of(command.body)
    resolved = consumer.resolve(topic)
    if not resolved.options.presence:
        raise CommandError(protocol.NOT_AVAILABLE, "not available")
    await consumer.check(resolved, resolved.options.can_presence)
    return topic


def result_of(members: Mapping[str, ClientInfo]) -> dict[str, Any]:
    """Return members as the result of a presence command."""
    return {"presence": {client: info_of(info) for client, info in members.items()}}


def stats_of(stats: Stats) -> dict[str, int]:
    """Return numbers as the result of a presence_stats command. SDKs expect zeros, too."""
    return {"num_clients": stats.clients, "num_users": stats.users}
