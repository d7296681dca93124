"""The topics of the chat: one for each room.

Whoever is let in to the site may follow every room; whether a visitor without an account is let
in is for the sockets to decide, by the settings. Nobody publishes here directly: a message goes
through the action `chat.send`, which stores it first.
"""

from __future__ import annotations

from chat.rooms import find_room
from realtime import Client, History, Topic


def may_read(_client: Client, *, slug: str) -> bool:
    """Return whether there is such a room. Asks the database."""
    return find_room(slug) is not None


room = Topic(
    "chat.room.{slug}",
    fragment="chat/live/message.html",
    history=History(size=100, ttl=3600),
    can_subscribe=may_read,
)
