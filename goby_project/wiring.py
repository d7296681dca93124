"""What happens in one app because of another: the apps themselves never import one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from chat.signals import mentioned
from notifications import Kind, notify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from chat.models import Message

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


mentioned.connect(tell_who_is_mentioned)
