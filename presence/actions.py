"""What clients may ask about people, over either socket or by a plain form."""

from __future__ import annotations

from typing import Any

from presence import desk as desks
from presence.conf import settings
from presence.news import people_of
from presence.rooms import may_see, topic_of
from realtime import ActionError, Client, action, registry


@action("presence.list", allow="anyone")
async def list_people(client: Client, *, room: str) -> dict[str, Any]:
    """Return who is in a room, or on the whole site: what the next diff builds on.

    `people` is null where there are too many to list.
    """
    await _check(client, room)
    found = desks.attendance(topic_of(room), limit=settings().max_listed)
    return {
        "room": topic_of(room),
        "people": None if found.people is None else people_of(found.people),
        "count": found.count,
        "guests": found.guests,
    }


@action("presence.typing", allow="signed_in")
async def typing(client: Client, *, room: str, stopped: bool = False) -> None:
    """Say that one types in a room, which is believed for some seconds, or types no more."""
    await _check(client, room)
    pubsub = registry.engine().pubsub
    await pubsub.on_loop(_hear, client, topic_of(room), stopped=stopped)


async def _hear(client: Client, room: str, *, stopped: bool) -> None:
    name = client.user.get_username()
    desks.desk().hear_typing(room, user=client.user_id, name=name, stopped=stopped)


async def _check(client: Client, room: str) -> None:
    if not await may_see(client, room=room):
        raise ActionError("There is no such room, or it is not open to you.", code=404)
