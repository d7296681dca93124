"""Rooms and their topics: what a room is called, and who may look into it.

A room is a topic that has presence. A topic's name cannot stand in another one's as it is, so its
dots are written as colons: who follows `chat.room.lobby` is told on `presence.in.chat:room:lobby`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS

from realtime import BoundTopic, registry
from realtime.permissions import allowed
from realtime.router import MAX_TOPIC_LENGTH

if TYPE_CHECKING:
    from realtime import Client
    from realtime.connections import Connection

# The whole site: its followers are the people who are online.
SITE = "presence.site"

# With the longest prefix before it a room's name must still be a topic's.
_LONGEST = MAX_TOPIC_LENGTH - len("presence.in.")

# What cannot be written in another topic's name, or could not be told apart there.
_UNFIT = re.compile(r"[$#:]")


def key_of(topic: str) -> str:
    """Return a topic's name as it stands in the names of the topics about it."""
    return topic.replace(".", ":")


def topic_of(key: str) -> str:
    """Return the topic's name again."""
    return key.replace(":", ".")


def companions_of(topic: str) -> tuple[str, str]:
    """Return the topics about a room: who is there, and who types."""
    return f"presence.in.{key_of(topic)}", f"typing.in.{key_of(topic)}"


def shut_out(topic: BoundTopic | str, user: object, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Let no connection of a user hear any longer who is in a room; `user` is the primary key.

    When the running transaction commits, as `BoundTopic.unsubscribe`, which see for the rest.
    """
    for name in companions_of(str(topic)):
        BoundTopic(name).unsubscribe(user, using=using)


def is_room(topic: str) -> bool:
    """Return whether it is known, and can be told, who follows this topic."""
    resolved = registry.catalog.resolve(topic)
    if resolved is None or not resolved.options.presence:
        return False
    return len(topic) <= _LONGEST and not _UNFIT.search(topic)


async def may_see(client: Client, *, room: str) -> bool:
    """Return whether a client may know who is in a room: whoever may follow the room itself."""
    topic = topic_of(room)
    if not is_room(topic):
        return False
    if any(topic in connection.topics for connection in connections_of(client)):
        return True  # it was asked when the client began to follow the room
    resolved: Any = registry.catalog.resolve(topic)
    return await allowed(resolved.options.can_subscribe, client, **resolved.parameters)


def connections_of(client: Client) -> list[Connection]:
    """Return the client's connection; a plain request has none."""
    return registry.engine().connections.of(client.user_id, client.id)
