"""What follows from a message on the server: the lists of rooms hear that there is news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat import topics
from realtime import subscriber

if TYPE_CHECKING:
    from realtime import Publication


@subscriber("chat.room.{slug}")
async def tell_lists(publication: Publication) -> None:
    """Publish that a new message is there; what is in it is for those in the room."""
    data = publication.data
    if isinstance(data, dict) and data.get("event") == "created":
        news = {"room": data["room"], "id": data["id"], "author": data["author"]}
        await topics.news(slug=data["room"]).apublish(news)
