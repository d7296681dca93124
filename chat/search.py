"""Searching what was said, in the rooms that one may read.

The words are looked for in the newest messages only: the database has to read them one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.access import readable, room_for
from chat.cleaning import one_line
from chat.history import Page
from chat.models import Message
from realtime import ActionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chat.access import Who
    from chat.models import Room

PAGE_SIZE = 20
SHORTEST, LONGEST = 2, 100
# So many ids back from the newest message of the site are looked at.
REACH = 100_000


def search(who: Who, words: str, *, room: str = "", before: int | None = None) -> Page:
    """Return the newest messages with these words, the newest first. Raises `ActionError`."""
    words = one_line(words)
    if not SHORTEST <= len(words) <= LONGEST:
        raise ActionError(f"Search for {SHORTEST} to {LONGEST} characters.")
    rooms: Iterable[Room] = [room_for(who, room)] if room else readable(who)
    newest = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
    found = (
        Message.objects.filter(room__in=rooms, text__icontains=words, id__gt=newest - REACH)
        .select_related("room")
        .order_by("-id")
    )
    if before is not None:
        found = found.filter(id__lt=before)
    messages = list(found[: PAGE_SIZE + 1])
    return Page(messages[:PAGE_SIZE], more=len(messages) > PAGE_SIZE)
