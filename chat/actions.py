"""What clients may ask of the chat, over either socket or by a plain form.

Whether they may in this room is decided by `chat.access`, which each of these asks first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chat import messages, moderation, people, rates, reading
from chat.access import room_for, room_to_write
from chat.history import latest
from chat.messages import Author, data_of, post
from chat.rooms import create_room
from chat.search import search as search_messages
from realtime import Client, action

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@action("chat.send", allow="anyone")
def send(client: Client, *, room: str, text: str, cid: str = "") -> dict[str, object]:
    """Say something in a room. Returns the message as it was stored."""
    found = room_to_write(client, room)
    author = Author.of(client)
    rates.take(f"say:{found.pk}:{author.name}")
    return data_of(post(room=found, author=author, text=text, client_id=cid))


@action("chat.edit", allow="signed_in")
def edit(client: Client, *, room: str, message: int, text: str) -> dict[str, object]:
    """Give one's own message another text. Returns the message as it is now."""
    rates.take(f"edit:{client.user_id}")
    return data_of(messages.edit(client, room=room, number=message, text=text))


@action("chat.delete", allow="signed_in")
def delete(client: Client, *, room: str, message: int) -> dict[str, object]:
    """Delete one's own message, or as a moderator any. Returns what is left of it."""
    return data_of(messages.delete(client, room=room, number=message))


@action("chat.history", allow="anyone")
def history(client: Client, *, room: str, before: int | None = None) -> dict[str, object]:
    """Return the last 50 messages of a room, or those older than `before`, the oldest first."""
    page = latest(room_for(client, room), before=before)
    return {"messages": [data_of(message) for message in page.messages], "more": page.more}


@action("chat.search", allow="anyone")
def search(
    client: Client, *, words: str, room: str = "", before: int | None = None
) -> dict[str, object]:
    """Return the newest messages with these words, the newest first, 20 at a time."""
    rates.take(f"search:{client.user_id or client.id}")
    page = search_messages(client, words, room=room, before=before)
    return {"messages": [data_of(message) for message in page.messages], "more": page.more}


@action("chat.read", allow="signed_in")
def read(client: Client, *, room: str, message: int) -> None:
    """Take note that one has seen a room up to this message."""
    if 0 <= message < 2**63:
        reading.note(cast("User", client.user), room_for(client, room), message)


@action("chat.create", allow="signed_in")
def create(
    client: Client, *, name: str, description: str = "", private: bool = False
) -> dict[str, object]:
    """Make a room. Returns its slug."""
    rates.take(f"create:{client.user_id}", limit=5)
    owner = cast("User", client.user)
    room = create_room(owner=owner, name=name, description=description, private=private)
    return {"room": room.slug, "name": room.name, "private": room.is_private}


@action("chat.invite", allow="signed_in")
def invite(client: Client, *, room: str, name: str) -> None:
    """Invite somebody to a private room of one's own."""
    rates.take(f"invite:{client.user_id}")
    people.invite(client, room=room, name=name)


@action("chat.answer", allow="signed_in")
def answer(client: Client, *, room: str, accept: bool) -> None:
    """Accept or decline an invitation."""
    people.answer(client, room=room, accept=accept)


@action("chat.leave", allow="signed_in")
def leave(client: Client, *, room: str) -> None:
    """Leave a private room."""
    people.leave(client, room=room)


@action("chat.remove", allow="signed_in")
def remove(client: Client, *, room: str, name: str) -> None:
    """Remove somebody from a private room, as its moderator."""
    people.remove(client, room=room, name=name)


@action("chat.mute", allow="signed_in")
def mute(client: Client, *, room: str, name: str, minutes: int) -> None:
    """Let somebody write nothing for so many minutes, as a moderator; 0 ends it."""
    moderation.mute(client, room=room, name=name, minutes=minutes)


@action("chat.ban", allow="signed_in")
def ban(client: Client, *, room: str, name: str) -> None:
    """Keep somebody out of a room, as a moderator."""
    moderation.ban(client, room=room, name=name)


@action("chat.unban", allow="signed_in")
def unban(client: Client, *, room: str, name: str) -> None:
    """Let somebody into a room again, as a moderator."""
    moderation.unban(client, room=room, name=name)
