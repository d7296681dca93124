"""Reading a room's messages in pages: the newest, those before or after one, those that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.models import Message, Room

PAGE_SIZE = 50
# A page that shows more of them is loaded anew.
MAX_CHANGED = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages, the oldest first; `more` says that there are others beyond them."""

    messages: list[Message]
    more: bool


def latest(room: Room, *, before: int | None = None) -> Page:
    """Return the last messages of the room, or the last of those with an id below `before`."""
    messages = room.messages.order_by("-id")
    if before is not None:
        messages = messages.filter(id__lt=before)
    found = list(messages[: PAGE_SIZE + 1])
    return Page(found[:PAGE_SIZE][::-1], more=len(found) > PAGE_SIZE)


def changed(room: Room, *, first: int, last: int) -> list[Message]:
    """Return which of the messages between these two ids were changed after they were sent."""
    found = room.messages.filter(id__gte=first, id__lte=last, version__gt=0).order_by("id")
    return list(found[:MAX_CHANGED])


def newer(room: Room, *, after: int) -> Page:
    """Return the first messages with an id above `after`."""
    found = list(room.messages.filter(id__gt=after).order_by("id")[: PAGE_SIZE + 1])
    return Page(found[:PAGE_SIZE], more=len(found) > PAGE_SIZE)
