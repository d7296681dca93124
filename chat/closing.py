"""A room that is deleted ends for those who are in it, when the deletion is committed.

They are told once, on the room's topic, and taken from its topics, and what was said is forgotten.
Otherwise they would hear what is said in a later room of the same address, or the people there what
was said in this one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from chat import topics
from chat.models import Room
from realtime import registry
from realtime.protocol import UNSUBSCRIBED

if TYPE_CHECKING:
    from realtime.connections import Connection


@receiver(post_delete, sender=Room)
def close(instance: Room, *, using: str, **_: Any) -> None:
    """End a room. Where no sockets are served, nobody is there."""
    pubsub = registry.engine().pubsub
    if pubsub.loop is not None:
        end = partial(pubsub.from_thread, _end, instance.slug, instance.name)
        transaction.on_commit(end, using=using, robust=True)


async def _end(slug: str, name: str) -> None:
    engine = registry.engine()
    room, news = topics.room(slug=slug), topics.news(slug=slug)
    text = f"{name} was deleted."
    await room.apublish(
        {"event": "closed", "room": slug, "name": name, "text": text, "closed": True}
    )
    for connection in engine.connections.everybody():  # lists follow the news alone; it is rare
        _take_out(connection, {room.name, news.name})
    for topic in (room, news):
        await engine.recovery.remove(topic.name)


def _take_out(connection: Connection, names: set[str]) -> None:
    for name in names & connection.topics.keys():
        if connection.host is not None:
            connection.host.unsubscribe(name, UNSUBSCRIBED, "the room was deleted")
