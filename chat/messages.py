"""Posting a message: clean it, store it, then tell everybody who follows the room.

The order is the point. A message is in the database before anyone sees it, so nobody ever reads
one that a restart could take away. A client that is not sure whether its message arrived sends it
again with the same client id, and nothing happens twice.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from chat import topics
from chat.models import MAX_CLIENT_ID_LENGTH, Message
from chat.rooms import find_room
from realtime import ActionError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from realtime import Client

MAX_LENGTH = 4000

# The control characters of ASCII and Latin-1 except newline and tab, and halves of surrogate
# pairs, which no database can store.
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?")
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


def post(*, room_slug: str, author: Author, text: str, client_id: str = "") -> Message:
    """Store a message and publish it. A repeated `client_id` returns the first message.

    Raises `ActionError` if there is no such room, or if there is something wrong with the text.
    """
    cleaned = clean_text(text)
    client_id = _checked_client_id(client_id)
    room = find_room(room_slug)
    if room is None:
        raise ActionError("There is no such room. Choose one from the list.", code=404)
    message, is_new = Message.objects.get_or_create(
        room=room,
        author_name=author.name,
        client_id=client_id,
        defaults={"author": author.user, "text": cleaned},
    )
    if is_new:
        topic = topics.room(slug=room.slug)
        topic.publish(data_of(message), id=f"chat:message:{message.pk}")
    return message


def clean_text(text: str) -> str:
    """Return the text as it is stored, or raise `ActionError` if it is empty or too long."""
    cleaned = _UNWANTED.sub("", _LINE_END.sub("\n", text)).strip()
    # A text of nothing but invisible characters looks like an empty one, so it is one.
    if not any(char.isprintable() and not char.isspace() for char in cleaned):
        raise ActionError("Write something first.")
    if len(cleaned) > MAX_LENGTH:
        raise ActionError(
            f"A message has at most {MAX_LENGTH} characters, and this one has {len(cleaned)}. "
            "Shorten it or send it in parts."
        )
    return cleaned


def data_of(message: Message) -> dict[str, object]:
    """Return what programs and templates get to see of a message."""
    return {
        "id": message.pk,
        "room": message.room.slug,
        "author": message.author_name,
        "text": message.text,
        "created_at": message.created_at.isoformat(timespec="milliseconds"),
        "cid": message.client_id,
    }


def _checked_client_id(client_id: str) -> str:
    if not client_id:
        return str(uuid.uuid4())
    if not _CLIENT_ID.fullmatch(client_id):
        raise ActionError(
            f"The message's own id must be 1 to {MAX_CLIENT_ID_LENGTH} letters, digits or _ . : -"
        )
    return client_id
