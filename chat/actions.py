"""What clients may ask of the chat, over either socket or by a plain form."""

from __future__ import annotations

from chat.history import latest
from chat.messages import Author, data_of, post
from chat.rooms import find_room
from realtime import ActionError, Client, action


@action("chat.send", allow="anyone")
def send(client: Client, *, room: str, text: str, cid: str = "") -> dict[str, object]:
    """Say something in a room. Returns the message as it was stored."""
    message = post(room_slug=room, author=Author.of(client), text=text, client_id=cid)
    return data_of(message)


@action("chat.history", allow="anyone")
def history(_client: Client, *, room: str, before: int | None = None) -> dict[str, object]:
    """Return the last 50 messages of a room, or those older than `before`, the oldest first."""
    found = find_room(room)
    if found is None:
        raise ActionError("There is no such room. Choose one from the list.", code=404)
    page = latest(found, before=before)
    return {"messages": [data_of(message) for message in page.messages], "more": page.more}
