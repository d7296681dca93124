"""What happens in one app because of another: the apps themselves never import one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from chat import topics
from chat.signals import mentioned, put_out
from notifications import Kind, notify
from presence.rooms import shut_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from chat.models import Message, Room

MENTION = Kind("chat.mention", label="Somebody mentions me")


def tell_who_is_mentioned(*, message: Message, users: Iterable[User], **_: Any) -> None:
    """Notify the people whom a message of the chat names, in the transaction that stores it."""
    room = message.room
    notify(
        users,
        kind=MENTION.name,
        verb="mentioned you in",
        target=room.name,
        url=f"{reverse('chat:room', kwargs={'slug': room.slug})}#message-{message.pk}",
        actor=message.author,
    )


def hide_who_is_there(*, room: Room, user: User, **_: Any) -> None:
    """Let somebody who may not read a room any more not hear either who is in it, or types."""
    shut_out(topics.room(slug=room.slug), user.pk)


mentioned.connect(tell_who_is_mentioned)
put_out.connect(hide_who_is_there)
