"""Who may do what in a room: the one place that decides it.

Pages, topics, actions and the search all ask here. A private room is for its
members; for whoever else asks, the staff as well, it does not exist. Guests of a socket, who have
no account, have the public rooms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone
from django.utils.dateformat import format as date_format

from chat.models import Room, Standing
from realtime import ActionError, Client

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet

    Who = Client | AbstractBaseUser | AnonymousUser

# What a SlugField accepts. Other text cannot name a room, so the database is not asked.
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")

# `Room` declares these for the type checker.
_MINE = {
    "my_state": F("mine__state"),
    "my_ban": F("mine__is_banned"),
    "my_mute": F("mine__muted_until"),
    "my_read": F("mine__last_read"),
}

# No standing at all is none to be kept out for.
NOT_BANNED = Q(my_ban=None) | Q(my_ban=False)

NO_ROOM = "There is no such room. Choose one from the list."
NO_MESSAGE = "There is no such message. It may have been removed."


def rooms_of(who: Who) -> QuerySet[Room]:
    """Return all rooms with how this person stands to each; not all of them are readable."""
    mine = FilteredRelation("standings", condition=Q(standings__user=_user(who).pk or 0))
    return Room.objects.alias(mine=mine).annotate(**_MINE)


def readable(who: Who) -> QuerySet[Room]:
    """Return the rooms that this person may read, each with how the person stands to it."""
    is_open = Q(is_private=False) | Q(my_state=Standing.State.MEMBER)
    return rooms_of(who).filter(is_open, NOT_BANNED)


def listed(who: Who) -> QuerySet[Room]:
    """Return the rooms that this person may read, and those to which the person is invited."""
    is_shown = Q(is_private=False) | Q(my_state__in=(Standing.State.MEMBER, Standing.State.INVITED))
    return rooms_of(who).filter(is_shown, NOT_BANNED)


def find_readable(who: Who, slug: str) -> Room | None:
    """Return the room with this slug if this person may read it."""
    return readable(who).filter(slug=slug).first() if is_slug(slug) else None


def room_for(who: Who, slug: str) -> Room:
    """Return the same; raise `ActionError` 404, also where the room is only hidden."""
    found = find_readable(who, slug)
    if found is None:
        raise ActionError(NO_ROOM, code=404)
    return found


def may_read(who: Who, room: Room) -> bool:
    """Return whether somebody may see a room and what is said there."""
    return readable(who).filter(pk=room.pk).exists()


def readers(room: Room) -> QuerySet[User]:
    """Return the accounts that may read a room: of each of them `may_read` says the same."""
    here = FilteredRelation("chat_standings", condition=Q(chat_standings__room=room.pk))
    users = get_user_model().objects.filter(is_active=True).alias(here=here)
    users = users.filter(Q(here__is_banned=None) | Q(here__is_banned=False))
    return users.filter(here__state=Standing.State.MEMBER) if room.is_private else users


def may_write(who: Who, room: Room) -> bool:
    """Return whether somebody may say something in a room now."""
    found = readable(who).filter(pk=room.pk).first()
    return found is not None and not is_muted(found)


def may_moderate(who: Who, room: Room) -> bool:
    """Return whether somebody may delete what others said in a room, mute, ban and invite them."""
    return is_moderator(who, room) and may_read(who, room)


def is_moderator(who: Who, room: Room) -> bool:
    """Return the same of somebody who is known to read the room, without asking the database."""
    user = _user(who)
    if not user.is_authenticated:
        return False
    return bool(getattr(user, "is_staff", False)) or room.owner_id == user.pk


def is_muted(room: Room) -> bool:
    """Return whether the person for whom this room was looked up may not write there now."""
    return room.my_mute is not None and room.my_mute > timezone.now()


def room_to_write(who: Who, slug: str) -> Room:
    """Return a room in which somebody may write; raise `ActionError` 404 or 403."""
    room = room_for(who, slug)
    if is_muted(room) and room.my_mute is not None:
        until = moment(room.my_mute)
        raise ActionError(f"You are muted in this room until {until}.", code=403)
    return room


def room_to_moderate(who: Who, slug: str) -> Room:
    """Return a room that somebody may moderate; raise `ActionError` 404 or 403."""
    room = room_for(who, slug)
    if not is_moderator(who, room):
        raise ActionError("Only the room's owner and the staff may do that.", code=403)
    return room


def moment(at: datetime) -> str:
    """Return a moment as people are told of it, with its day: a mute may last for weeks."""
    return f"{date_format(at, 'j M, H:i')} UTC"


def is_slug(slug: str) -> bool:
    """Return whether a text could name a room."""
    return _SLUG.fullmatch(slug) is not None


def _user(who: Who) -> AbstractBaseUser | AnonymousUser:
    return who.user if isinstance(who, Client) else who
