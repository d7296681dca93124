"""Making rooms, and the list of those that somebody may enter."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Value, When
from django.utils.text import slugify

from chat.access import is_slug, listed, readable
from chat.cleaning import one_line
from chat.models import Room, Standing
from chat.reading import counted, with_unread
from realtime import ActionError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_ROOMS_EACH = 20
# So many rooms stand in a list; each is followed by the page.
LISTED = 60

_NAME_LENGTH = 80
_DESCRIPTION_LENGTH = 200
# Addresses below /rooms/ that are no room's.
_RESERVED = frozenset({"new"})
_LONGEST_STEM = 40


@dataclass(frozen=True, slots=True)
class Rooms:
    """What somebody finds on the list: rooms to enter, and invitations to answer."""

    open: list[Room]
    invitations: list[Room]


def list_rooms(user: User) -> Rooms:
    """Return a person's list of rooms, with how much is unread in each. Asks the database once."""
    found = with_unread(listed(user), user).order_by("is_private", "name")
    rooms = counted(found[:LISTED], user)
    return Rooms(
        open=[room for room in rooms if not is_invitation(room)],
        invitations=[room for room in rooms if is_invitation(room)],
    )


def rooms_around(user: User, slug: str, *, limit: int) -> list[Room]:
    """Return a room if it may be read, and after it up to `limit` others for the page's head.

    All in one query; the list is empty where there is no such room.
    """
    if not is_slug(slug):
        return []
    is_it = Case(When(slug=slug, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = with_unread(readable(user).annotate(rank=is_it).order_by("rank", "name"), user)
    rooms = counted(found[: limit + 1], user)
    return rooms if rooms and rooms[0].slug == slug else []


def is_invitation(room: Room) -> bool:
    """Return whether the person for whom the room was looked up is invited there."""
    return room.is_private and room.my_state == Standing.State.INVITED


def create_room(*, owner: User, name: str, description: str = "", private: bool = False) -> Room:
    """Make a room, whose owner is its first member. Raises `ActionError`."""
    name = _checked(name, "A room's name", _NAME_LENGTH)
    if not name:
        raise ActionError("Give the room a name.")
    description = _checked(description, "A room's description", _DESCRIPTION_LENGTH)
    if Room.objects.filter(owner=owner).count() >= MAX_ROOMS_EACH:
        raise ActionError(f"You have made {MAX_ROOMS_EACH} rooms, which is the most one may.")
    for slug in _slugs(name):
        try:
            with transaction.atomic():
                room = Room.objects.create(
                    slug=slug, name=name, description=description, is_private=private, owner=owner
                )
                Standing.objects.create(room=room, user=owner, state=Standing.State.MEMBER)
                return room
        except IntegrityError:  # another room has this address
            continue
    raise ActionError("No free address was found for the room. Choose another name.")


def _slugs(name: str) -> list[str]:
    stem = slugify(name)[:_LONGEST_STEM].strip("-")
    tries = [f"{stem or 'room'}-{secrets.token_hex(2 + n)}" for n in range(3)]
    return [stem, *tries] if stem and stem not in _RESERVED else tries


def _checked(text: str, what: str, limit: int) -> str:
    text = one_line(text)
    if len(text) > limit:
        raise ActionError(f"{what} has at most {limit} characters, and this has {len(text)}.")
    return text
