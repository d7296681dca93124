"""Mute and ban: what staff and a room's owner can do about somebody who spoils it for others.

Both hold for the account, on connections that are open as well: a muted person's messages are
refused from now on, a banned one hears nothing more of the room.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from chat.access import moment, room_to_moderate
from chat.models import Standing
from chat.people import person, shut_out, tell
from realtime import ActionError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from chat.models import Room
    from realtime import Client

MAX_MINUTES = 30 * 24 * 60


@transaction.atomic
def mute(client: Client, *, room: str, name: str, minutes: int) -> None:
    """Let somebody say nothing in a room for so many minutes; 0 ends it. Raises `ActionError`."""
    found, user = _target(client, room, name)
    if not 0 <= minutes <= MAX_MINUTES:
        raise ActionError(f"Choose between 0 and {MAX_MINUTES} minutes.")
    until = timezone.now() + timedelta(minutes=minutes) if minutes else None
    Standing.objects.update_or_create(room=found, user=user, defaults={"muted_until": until})
    if until:
        tell(user, found, f"You are muted in {found.name} until {moment(until)}.")
    else:
        tell(user, found, f"You can write in {found.name} again.")


@transaction.atomic
def ban(client: Client, *, room: str, name: str) -> None:
    """Keep somebody out of a room for good. Raises `ActionError`."""
    found, user = _target(client, room, name)
    ended = {"is_banned": True, "state": Standing.State.NONE}
    Standing.objects.update_or_create(room=found, user=user, defaults=ended)
    shut_out(found, user, f"You are banned from {found.name}.")


@transaction.atomic
def unban(client: Client, *, room: str, name: str) -> None:
    """Let somebody into a room again; a private one's member must be invited anew."""
    found, user = _target(client, room, name)
    if not Standing.objects.filter(room=found, user=user, is_banned=True).update(is_banned=False):
        raise ActionError(f"{name} is not banned from this room.")
    if not found.is_private:
        tell(user, found, f"You may enter {found.name} again.")


def sanctioned_in(room: Room) -> list[Standing]:
    """Return who is muted in a room now or banned from it, by their names."""
    found = room.standings.select_related("user").order_by("user__username")
    muted = found.filter(muted_until__gt=timezone.now())
    return list((muted | found.filter(is_banned=True))[:500])


def _target(client: Client, room: str, name: str) -> tuple[Room, User]:
    found = room_to_moderate(client, room)
    user = person(name)
    if user.is_staff or user.pk in {found.owner_id, client.user.pk}:
        raise ActionError("The staff, the room's owner and oneself cannot be kept out.", code=403)
    return found, user
