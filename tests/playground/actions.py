"""Actions that let tests see what came, and lose what else only a failing broker loses."""

from __future__ import annotations

from realtime import Client, action, registry


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
