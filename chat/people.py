"""Who belongs to a private room: invite, answer, leave, remove.

Who may no longer read a room hears nothing more of it, on any connection that is open: it is taken
from the room's topics when the change is committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user_model
from django.db import transaction

from chat import topics
from chat.access import is_slug, room_for, room_to_moderate
from chat.models import Room, Standing
from chat.signals import put_out
from realtime import ActionError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from realtime import Client

# Of a private room, with those who have not answered.
MAX_MEMBERS = 500

State = Standing.State


def invite(client: Client, *, room: str, name: str) -> None:
    """Invite somebody to a private room, by the name of the account. Raises `ActionError`."""
    found = room_to_moderate(client, room)
    if not found.is_private:
        raise ActionError("This room is open to everybody. Just tell people of it.")
    user = person(name)
    with transaction.atomic():
        standing, _ = Standing.objects.get_or_create(room=found, user=user)
        if standing.is_banned:
            raise ActionError(f"{name} is banned from this room. Lift the ban first.")
        if standing.state != State.NONE:
            raise ActionError(f"{name} is {standing.get_state_display()} already.")
        if found.standings.exclude(state=State.NONE).count() >= MAX_MEMBERS:
            raise ActionError(f"A private room has at most {MAX_MEMBERS} members.")
        standing.state = State.INVITED
        standing.save(update_fields=["state"])
        tell(user, found, f"You are invited to {found.name}. You find it in your list of rooms.")


def answer(client: Client, *, room: str, accept: bool) -> None:
    """Accept or decline an invitation. Raises `ActionError`."""
    # In one step, so that an invitation that is withdrawn meanwhile lets nobody in.
    invitation = Standing.objects.filter(
        room__slug=room if is_slug(room) else "",
        room__is_private=True,
        user=client.user.pk,
        state=State.INVITED,
        is_banned=False,
    )
    if not invitation.update(state=State.MEMBER if accept else State.NONE):
        raise ActionError("There is no such invitation. It may have been withdrawn.", code=404)


def leave(client: Client, *, room: str) -> None:
    """Leave a private room. Raises `ActionError`."""
    found = room_for(client, room)
    if client.is_guest or found.my_state != State.MEMBER:
        raise ActionError("You are not a member of this room, and need not leave it.")
    if found.owner_id == client.user.pk:
        raise ActionError("This room is yours, and you cannot leave it.")
    _put_out(found, cast("User", client.user), "You have left this room.")


def remove(client: Client, *, room: str, name: str) -> None:
    """Take a member, or an invitation, back from a private room. Raises `ActionError`."""
    found = room_to_moderate(client, room)
    user = person(name)
    if user.pk == found.owner_id:
        raise ActionError("The room's owner cannot be removed from it.", code=403)
    if not found.is_private or not _belongs(found, user):
        raise ActionError(f"{name} is not a member of this room.")
    _put_out(found, user, f"You are no longer a member of {found.name}.")


def person(name: str) -> User:
    """Return the user of this name; raise `ActionError` 404."""
    found = get_user_model().objects.filter(username=name.strip()[:150], is_active=True).first()
    if found is None:
        raise ActionError("There is nobody of this name.", code=404)
    return found


def tell(user: User, room: Room, text: str, *, closed: bool = False) -> None:
    """Tell somebody on all pages and programs what has changed; `closed`: the room is no more."""
    news = {"room": room.slug, "name": room.name, "text": text, "closed": closed}
    topics.mine(user=user.pk).publish(news)


def shut_out(room: Room, user: User, text: str) -> None:
    """Let somebody hear nothing more of a room, and say why, when the change is committed."""
    for topic in (topics.room(slug=room.slug), topics.news(slug=room.slug)):
        topic.unsubscribe(user.pk)
    put_out.send(sender=Room, room=room, user=user)
    tell(user, room, text, closed=True)


def members_of(room: Room) -> list[Standing]:
    """Return the members of a room and those who are invited, by their names."""
    found = room.standings.select_related("user").order_by("user__username")
    return list(found.exclude(state=State.NONE)[:MAX_MEMBERS])


def _belongs(room: Room, user: User) -> bool:
    return room.standings.filter(user=user).exclude(state=State.NONE).exists()


@transaction.atomic
def _put_out(room: Room, user: User, text: str) -> None:
    room.standings.filter(user=user).update(state=State.NONE)
    shut_out(room, user, text)
