"""The topics of the chat: what is said in a room, that something was said, and what concerns one.

Who may read a room may follow its topics. Nobody publishes here directly: what clients ask for goes
through actions, which store it first, and a message that is saved is published by that.
"""

from __future__ import annotations

from chat.access import find_readable
from chat.messages import data_of
from chat.models import Message
from realtime import Client, History, Topic
from realtime.broadcasts import broadcasts


def may_follow(client: Client, *, slug: str) -> bool:
    """Return whether a client may read the room with this slug. Asks the database."""
    return find_readable(client, slug) is not None


room = Topic(
    "chat.room.{slug}",
    fragment="chat/live/message.html",
    history=History(size=100, ttl=3600),
    presence=True,
    can_subscribe=may_follow,
    can_presence=may_follow,
)

# That something was said: all that a list of rooms needs, one publication for everybody's list.
news = Topic(
    "chat.news.{slug}",
    fragment="chat/live/news.html",
    history=History(size=1, ttl=86_400, recovery="latest"),
    overflow="latest",
    can_subscribe=may_follow,
)

# What concerns one person: invited, muted, removed.
mine = Topic("chat.mine#{user}", fragment="chat/live/mine.html", can_subscribe="signed_in")


def told_of(message: Message) -> dict[str, object]:
    """Return what followers of the room are told of a message; one without a text is deleted."""
    data = data_of(message)
    return {**data, "event": "deleted"} if message.deleted_at else data


broadcasts(lambda message: room(slug=message.room.slug), data=told_of)(Message)
