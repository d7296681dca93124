"""Publish: where a topic lets its clients publish themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime import protocol
from realtime.exceptions import CommandError, InvalidDataError, InvalidTopicError

if TYPE_CHECKING:
    from realtime.consumers.data import DataConsumer
    from realtime.protocol import Command


async def publish(consumer: DataConsumer, command: Command) -> None:
    """Publish on a topic; raise `CommandError` 102, 103 or 107."""
    topic = protocol.topic_of(command.body)
    data = protocol.data_of(command.body)
    resolved = consumer.resolve(topic)
    await consumer.check(resolved, resolved.options.can_publish)
    pubsub = consumer.engine.pubsub
    try:
        draft = pubsub.draft(topic, data, info=consumer.info_on(topic))
    except (InvalidDataError, InvalidTopicError) as error:
        raise CommandError(protocol.BAD_REQUEST, f"bad request: {error}") from error
    # The publication reaches this client's outbox, too, so the reply goes there first.
    consumer.put(protocol.reply(command.id, "publish", {}))
    await pubsub.apublish(draft)
