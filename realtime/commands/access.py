"""What a client may have to do with a topic: does it exist, is there room, does it let the client.

Both sockets ask here. What the engine's settings open to everybody (`INSECURE`) is open here, too.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from realtime import registry
from realtime.exceptions import CommandError
from realtime.permissions import allowed
from realtime.protocol import (
    ALREADY_SUBSCRIBED,
    INTERNAL,
    LIMIT_EXCEEDED,
    PERMISSION_DENIED,
    UNKNOWN_TOPIC,
)
from realtime.router import is_open_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime.catalog import Permission, Resolved
    from realtime.connections import Subscription
    from realtime.consumers.socket import SocketConsumer


def resolve(consumer: SocketConsumer, topic: str) -> Resolved:
    """Return what is declared of a topic that this client may have to do with.

    Raises `CommandError` 102 if it does not exist, 103 if its name keeps it for other users.
    """
    resolved = registry.catalog.resolve(topic)
    if resolved is None:
        raise CommandError(UNKNOWN_TOPIC, "unknown channel")
    insecure = consumer.engine.settings.insecure
    if not (insecure or is_open_to(topic, consumer.client.user_id)):
        raise CommandError(PERMISSION_DENIED, "permission denied")
    return resolved


@contextmanager
def kept_place(
    consumer: SocketConsumer, topic: str, subscription: Subscription
) -> Iterator[Resolved]:
    """Keep the topic's place while it is asked whether, and read where, the client may enter.

    Client and site may want the same topic in the same moment: the second one finds it taken. The
    client may lose the right in that moment, too: then the place is lost, and `join` refuses.
    Raises `CommandError` 102, 103, 105 or 106. Whether the client may follow it is not asked.
    """
    resolved = resolve(consumer, topic)
    followed = consumer.connection.topics
    if topic in followed:
        raise CommandError(ALREADY_SUBSCRIBED, "already subscribed")
    if len(followed) >= consumer.engine.settings.topics_per_connection:
        raise CommandError(LIMIT_EXCEEDED, "limit exceeded")
    followed[topic] = subscription
    try:
        yield resolved
    except BaseException:
        if followed.get(topic) is subscription:
            consumer.leave(topic)
        raise


async def check(consumer: SocketConsumer, resolved: Resolved, permission: Permission) -> None:
    """Raise `CommandError` 103 unless the client has this permission on the topic."""
    if consumer.engine.settings.insecure:
        return
    try:
        may = await allowed(permission, consumer.client, **resolved.parameters)
    except Exception as error:
        consumer.engine.instrumentation.fail("permission", error)
        raise CommandError(INTERNAL, "internal server error", temporary=True) from error
    if not may:
        raise CommandError(PERMISSION_DENIED, "permission denied")
