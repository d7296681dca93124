"""Making rooms, and the list of those that somebody may enter."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Value, When
from django.utils.text import slugify

from chat.access import is_slug, listed, readable
from chat.cleaning import clean_name, mixes_alphabets
from chat.models import Room, Standing
from chat.reading import with_unread
from realtime import ActionError

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.paginator import Page

MAX_ROOMS_EACH = 20
# So many rooms stand on a page of the list, which follows each of them: their names have to fit
# into one address.
LISTED = 30

_NAME_LENGTH = 80
_DESCRIPTION_LENGTH = 200
# Addresses below /rooms/ that are no room's.
_RESERVED = frozenset({"new"})
_LONGEST_STEM = 40


@dataclass(frozen=True, slots=True)
class Rooms:
    """What somebody finds on a page of the list: rooms to enter, and invitations to answer."""

    open: list[Room]
    invitations: list[Room]
    page: Page[Room]


def list_rooms(user: User, *, page: str = "") -> Rooms:
    """Return a page of a person's rooms, with how much is unread in each. Asks the database twice.

    Invitations come first, then the rooms of which one is a member, then the others. A page that
    is none is the first, one after the last is the last.
    """
    near = Case(
        When(my_state=Standing.State.INVITED, then=0),
        When(my_state=Standing.State.MEMBER, then=1),
        default=2,
    )
    found = with_unread(listed(user), user).order_by(near, "name", "pk")
    shown: Page[Room] = Paginator(found, LISTED).get_page(page)
    rooms = list(shown)
    return Rooms(
        open=[room for room in rooms if not is_invitation(room)],
        invitations=[room for room in rooms if is_invitation(room)],
        page=shown,
    )


def rooms_around(user: User, slug: str, *, limit: int) -> list[Room]:
    """Return a room if it may be read, and after it up to `limit` others for the page's head.

    All in one query; the list is empty where there is no such room.
    """
    if not is_slug(slug):
        return []
    is_it = Case(When(slug=slug, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = with_unread(readable(user).annotate(rank=is_it).order_by("rank", "name"), user)
    rooms = list(found[: limit + 1])
    return rooms if rooms and rooms[0].slug == slug else []


def is_invitation(room: Room) -> bool:
    """Return whether the person for whom the room was looked up is invited there."""
    return room.is_private and room.my_state == Standing.State.INVITED


def create_room(*, owner: User, name: str, description: str = "", private: bool = False) -> Room:
    """Make a room, whose owner is its first member. Raises `ActionError`."""
    name = _checked(name, "A room's name", _NAME_LENGTH)
    if not name:
        raise ActionError("Give the room a name.")
    if any(mixes_alphabets(word) for word in name.split()):
        raise ActionError(
            "A word of the name mixes letters of several alphabets that look alike. Use only one."
        )
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
    text = clean_name(text)
    if len(text) > limit:
        raise ActionError(f"{what} has at most {limit} characters, and this has {len(text)}.")
    return text
