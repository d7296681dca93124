"""Presence: who follows a topic, and how many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.codecs.json import info_of
from realtime.commands.access import check, resolve
from realtime.exceptions import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.consumers.data import DataConsumer
    from realtime.message import ClientInfo
    from realtime.presence import Stats
    from realtime.protocol import Command
    from realtime.registry import Engine


# The least that a member takes in an answer: its connection's id, a UUID, stands there twice.
LEAST_MEMBER = 72


async def presence(consumer: DataConsumer, command: Command) -> None:
    """Return who follows a topic; raise `CommandError` 102, 103, 106, 107 or 108."""
    topic = await _admitted(consumer, command)
    # Sent, it could close the connection as slow, and the client could only ask again.
    max_size = consumer.engine.settings.outbox_max_size // 2
    check_size(await least_size(consumer.engine, topic), max_size)
    members = await consumer.engine.presence.members(topic)
    frame = consumer.codec.reply(command.id, command.name, result_of(members))
    check_size(frame.size, max_size)
    consumer.put(frame)


async def least_size(engine: Engine, topic: str) -> int:
    """Return how many bytes a topic's members take at least; costs the same however many."""
    stats = await engine.presence.stats(topic)
    return stats.clients * LEAST_MEMBER


def check_size(size: int, max_size: int) -> None:
    """Raise `CommandError` 106 if there are too many members; before they are encoded."""
    if size > max_size:
        raise CommandError(protocol.LIMIT_EXCEEDED, "limit exceeded: ask for presence_stats")


async def presence_stats(consumer: DataConsumer, command: Command) -> None:
    """Return how many follow a topic; raise `CommandError` 102, 103, 107 or 108."""
    topic = await _admitted(consumer, command)
    stats = await consumer.engine.presence.stats(topic)
    consumer.answer(command, stats_of(stats))


async def _admitted(consumer: DataConsumer, command: Command) -> str:
    topic = protocol.topic_of(command.body)
    resolved = resolve(consumer, topic)
    if not resolved.options.presence:
        raise CommandError(protocol.NOT_AVAILABLE, "not available")
    await check(consumer, resolved, resolved.options.can_presence)
    return topic


def result_of(members: Mapping[str, ClientInfo]) -> dict[str, Any]:
    """Return members as the result of a presence command."""
    return {"presence": {client: info_of(info) for client, info in members.items()}}


def stats_of(stats: Stats) -> dict[str, int]:
    """Return numbers as the result of a presence_stats command. SDKs expect zeros, too."""
    return {"num_clients": stats.clients, "num_users": stats.users}
