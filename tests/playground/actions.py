"""Actions that let a test cause what on the site follows from something else, and see what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User

from notifications import notify
from realtime import action, registry
from tests.playground import items

if TYPE_CHECKING:
    from realtime import Client


@action("play.mention", allow="signed_in")
def mention(client: Client, *, name: str, room: str = "lobby") -> None:
    """Notify somebody as if they were mentioned in a room."""
    actor: Any = client.user
    notify(
        User.objects.get(username=name),
        kind="chat.mention",
        verb="mentioned you in",
        target=room.title(),
        url=f"/rooms/{room}/",
        actor=actor,
    )


@action("play.say", allow="anyone")
def say(_client: Client, *, name: str, text: str) -> None:
    """Say something on a page of the playground."""
    items.say(name, text)


@action("play.echo", allow="anyone")
async def echo(client: Client, *, values: list[object]) -> dict[str, object]:
    """Return the values, and who sent them."""
    return {"values": values, "client": client.id}


@action("play.tell", allow="anyone")
async def tell(_client: Client, *, topic: str, values: list[object]) -> None:
    """Publish the values."""
    pubsub = registry.engine().pubsub
    for value in values:
        await pubsub.apublish(pubsub.draft(topic, value))


@action("play.lose", allow="anyone")
async def lose(_client: Client, *, topic: str) -> None:
    """Tell a topic's followers that they missed something."""
    registry.engine().hub.lose(topic)
