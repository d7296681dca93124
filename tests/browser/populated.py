"""A site with people in it who have talked, so that its pages can be looked at as they are used.

    server.manage("shell", "-c", visitors.PROGRAM)

prints a session key for each person and the numbers that stand in addresses.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from chat.guests import create_guest
from chat.messages import Author, post
from chat.models import Message, Room, Standing
from notifications import notify
from notifications.models import Announcement, Notification

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TALK = (
    ("jonas", "Morning! The tide tables for the weekend are out: https://tides.example/lobby"),
    ("mira", "Oh good. When is **low water** on Saturday?"),
    ("jonas", "06:52, so we should meet at the slipway at half past six."),
    ("jonas", "Bring boots, the mud flats are still soft after the storm."),
    ("lena", "> Bring boots\n\nAnd a bucket. My list:\n\n```\n2 nets\n1 thermos, the big one\n```"),
    ("mira", "Half past six, boots, bucket, `thermos`. Got it."),
    ("otto", "This message was a mistake."),
    ("jonas", "Last time we counted forty sand gobies in one pool, @mira!"),
)


def fill() -> None:
    """Make everything, and print what leads to it as JSON."""
    print(json.dumps(make()))


def make() -> dict[str, Any]:
    """Make everything, and return what leads to it."""
    people = {name: _person(name) for name in ("mira", "jonas", "lena", "otto")}
    people["jonas"].is_staff = people["jonas"].is_superuser = True
    people["jonas"].save()
    people["guest"] = create_guest()
    found = {"sessions": {name: session_of(user) for name, user in people.items()}}
    return {**found, **_talk(people), **_tell(people)}


def _person(name: str) -> User:
    return get_user_model().objects.create(username=name)


def session_of(user: User) -> str:
    """Sign somebody in, and return the key of the session."""
    visitor = Client()
    visitor.force_login(user)
    return Session.objects.get(pk=visitor.cookies["sessionid"].value).session_key


def _talk(people: dict[str, User]) -> dict[str, int]:
    lobby = Room.objects.get(slug="lobby")
    said = [post(room=lobby, author=Author(people[name], name), text=text) for name, text in TALK]
    for at, message in enumerate(said):
        minutes = 90 - 11 * at
        moment = timezone.now() - timedelta(minutes=minutes)
        Message.objects.filter(pk=message.pk).update(created_at=moment)
    gone = {"text": "", "html": "", "deleted_at": timezone.now()}
    Message.objects.filter(pk=said[6].pk).update(**gone)
    Message.objects.filter(pk=said[5].pk).update(edited_at=timezone.now())
    quiet = Room.objects.create(slug="quiet", name="Quiet", description="Nothing was said here.")
    _stand(quiet, people["otto"], is_banned=True)
    crabs = _private("crabs", "Crab club", people["mira"])
    _stand(crabs, people["lena"], state=Standing.State.MEMBER)
    _stand(crabs, people["jonas"], state=Standing.State.INVITED)
    _stand(crabs, people["otto"], muted_until=timezone.now() + timedelta(days=1))
    night = _private("night", "Night watch", people["jonas"])
    _stand(night, people["mira"], state=Standing.State.INVITED)
    return {"own": said[1].pk, "others": said[0].pk, "newest": said[-1].pk}


def _private(slug: str, name: str, owner: User) -> Room:
    about = "For those who are up before the gulls."
    room = Room.objects.create(
        slug=slug, name=name, description=about, is_private=True, owner=owner
    )
    _stand(room, owner, state=Standing.State.MEMBER)
    return room


def _stand(room: Room, user: User, **how: object) -> None:
    Standing.objects.create(room=room, user=user, **how)


def _tell(people: dict[str, User]) -> dict[str, int]:
    told = {"kind": "chat.mention", "verb": "mentioned you in", "url": "/rooms/lobby/"}
    for name, target in (("otto", "Random"), ("lena", "Crab club"), ("lena", "Lobby")):
        notify(people["mira"], target=target, actor=people[name], **told)
    recent = Notification.objects.filter(recipient=people["mira"]).order_by("id")
    Notification.objects.filter(pk__in=recent[:2]).update(read_at=timezone.now())
    Announcement.objects.create(text="The site moves to a new machine on Sunday night.")
    return {"notification": recent[0].pk}
