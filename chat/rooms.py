"""Finding a room by what a client wrote, which may be anything."""

from __future__ import annotations

import re

from chat.models import Room

# What a SlugField accepts. Other text cannot name a room, so the database is not asked.
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")


def find_room(slug: str) -> Room | None:
    """Return the room with this slug, or None."""
    if not _SLUG.fullmatch(slug):
        return None
    return Room.objects.filter(slug=slug).first()
