"""Posting a message: clean it, store it, and so tell everybody who follows the room.

The order is the point. A message is in the database before anyone sees it, so nobody ever reads
one that a restart could take away. A client that is not sure whether its message arrived sends it
again with the same client id, and nothing happens twice. What is saved is published by the model
itself (see `chat.topics`).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.utils import timezone

from chat.access import NO_MESSAGE, is_moderator, readers, room_for, room_to_write
from chat.cleaning import MAX_LENGTH, clean_text
from chat.markup import mentioned_names, render
from chat.models import MAX_CLIENT_ID_LENGTH, Message
from chat.signals import mentioned
from realtime import ActionError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from chat.models import Room
    from realtime import Client

__all__ = ["MAX_LENGTH", "Author", "data_of", "delete", "edit", "find_message", "post"]

_CLIENT_ID = re.compile(rf"[A-Za-z0-9_.:\-]{{1,{MAX_CLIENT_ID_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks: an account, or a visitor without one who has only a name."""

    user: User | None
    name: str

    @classmethod
    def of(cls, client: Client) -> Author:
        """Return the author that this client speaks as."""
        if client.is_guest:
            return cls(None, f"guest-{client.id[:6]}")
        return cls(cast("User", client.user), client.user.get_username())


def post(*, room: Room, author: Author, text: str, client_id: str = "") -> Message:
    """Store a message. A repeated `client_id` returns the first message.

    Who may write is not asked. Raises `ActionError` if there is something wrong with the text.
    """
    cleaned = clean_text(text)
    client_id = _checked_client_id(client_id)
    people = _people_named(room, cleaned)
    with transaction.atomic():
        message, is_new = Message.objects.get_or_create(
            room=room,
            author_name=author.name,
            client_id=client_id,
            defaults={
                "author": author.user,
                "text": cleaned,
                "html": render(cleaned, people.keys()),
            },
        )
        if is_new:
            _tell(message, people)
    return message


def edit(client: Client, *, room: str, number: int, text: str) -> Message:
    """Give one's own message another text. Raises `ActionError`."""
    found = room_to_write(client, room)
    cleaned = clean_text(text)
    with transaction.atomic():
        message = find_message(found, number)
        if not is_author(client, message):
            raise ActionError("Only who wrote a message can change it.", code=403)
        known = set(mentioned_names(message.text))
        people = _people_named(found, cleaned)
        message.text = cleaned
        message.html = render(cleaned, people.keys())
        message.edited_at = timezone.now()
        message.save()
        _tell(message, {name: user for name, user in people.items() if name not in known})
    return message


def delete(client: Client, *, room: str, number: int) -> Message:
    """Empty a message of one's own, or as a moderator any. Raises `ActionError`."""
    found = room_for(client, room)
    with transaction.atomic():
        message = find_message(found, number)
        if not (is_author(client, message) or is_moderator(client, found)):
            raise ActionError("Only who wrote a message, or a moderator, can delete it.", code=403)
        message.text = message.html = ""
        message.deleted_at = timezone.now()
        message.save()
    return message


def find_message(room: Room, number: int) -> Message:
    """Return a message of the room that was not deleted; raise `ActionError` 404."""
    message = Message.objects.filter(room=room, pk=number, deleted_at=None).first()
    if message is None:
        raise ActionError(NO_MESSAGE, code=404)
    message.room = room
    return message


def is_author(client: Client, message: Message) -> bool:
    """Return whether this client's account wrote a message; visitors without one have none."""
    return not client.is_guest and message.author_id == client.user.pk


def data_of(message: Message) -> dict[str, object]:
    """Return what programs and templates get to see of a message."""
    return {
        "id": message.pk,
        "room": message.room.slug,
        "author": message.author_name,
        "text": message.text,
        "html": message.html,
        "created_at": message.created_at.isoformat(timespec="milliseconds"),
        "cid": message.client_id,
        "version": message.version,
        "edited": message.edited_at is not None,
        "deleted": message.deleted_at is not None,
    }


def _people_named(room: Room, text: str) -> dict[str, User]:
    """Return whom the text names, as far as they may read the room, by their names."""
    names = mentioned_names(text) if "@" in text else []
    users = readers(room).filter(username__in=names) if names else ()
    return {user.get_username(): user for user in users}


def _tell(message: Message, people: dict[str, User]) -> None:
    others = [user for user in people.values() if user.pk != message.author_id]
    if others:
        mentioned.send(sender=Message, message=message, users=others)


def _checked_client_id(client_id: str) -> str:
    if not client_id:
        return str(uuid.uuid4())
    if not _CLIENT_ID.fullmatch(client_id):
        raise ActionError(
            f"The message's own id must be 1 to {MAX_CLIENT_ID_LENGTH} letters, digits or _ . : -"
        )
    return client_id
