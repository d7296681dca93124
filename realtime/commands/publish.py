"""Publish: where a topic lets its clients publish themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime import protocol
from realtime.commands.access import check, resolve
from realtime.exceptions import CommandError, InvalidDataError, InvalidTopicError

if TYPE_CHECKING:
    from realtime.consumers.data import DataConsumer
    from realtime.message import Draft
    from realtime.protocol import Command


async def publish(consumer: DataConsumer, command: Command) -> None:
    """Publish on a topic; raise `CommandError` 100, 102, 103 or 107."""
    topic = protocol.topic_of(command.body)
    data = protocol.data_of(command.body)
    resolved = resolve(consumer, topic)
    await check(consumer, resolved, resolved.options.can_publish)
    pubsub = consumer.engine.pubsub
    try:
        draft = pubsub.draft(topic, data, info=consumer.info_on(topic))
    except (InvalidDataError, InvalidTopicError) as error:
        raise CommandError(protocol.BAD_REQUEST, f"bad request: {error}") from error
    await _publish(consumer, command, draft)


async def _publish(consumer: DataConsumer, command: Command, draft: Draft) -> None:
    # The publication reaches this client's outbox, too, so the reply goes there first, but nothing
    # leaves before it is true.
    outbox = consumer.connection.outbox
    outbox.promise(consumer.codec.reply(command.id, command.name, {}))
    try:
        await consumer.engine.pubsub.apublish(draft)
    except Exception as error:
        outbox.withdraw()
        consumer.engine.instrumentation.fail("publish", error)
        raise CommandError(protocol.INTERNAL, "internal server error", temporary=True) from error
    except BaseException:  # the connection is gone
        outbox.withdraw()
        raise
    outbox.keep_promise()
