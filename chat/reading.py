"""How far somebody has read each room, and how much there is beyond.

What was read is noted in memory and written together, a few seconds later and by a thread, so that
a page or a conversation does not wait for it. A server that is killed loses those seconds: some
messages count as unread again.
"""

from __future__ import annotations

import asyncio
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db.models import Count, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from chat.models import Message, Room, Standing
from realtime import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

WRITE_EVERY = 2.0  # seconds
# So many are counted; more are shown as "99+".
COUNTED = 100
# More than so many that wait are not noted: they stay unread.
MAX_WAITING = 10_000

Place = tuple[int, int]  # a user and a room

_waiting: dict[Place, int] = {}
_lock = Lock()


def with_unread(rooms: QuerySet[Room], user: User) -> QuerySet[Room]:
    """Add to rooms, as `chat.access` returns them, how many messages of others are unread.

    At most 100 of each are looked at, by the index. A room in which one has never been has none.
    """
    of_room = Message.objects.filter(room=OuterRef("pk")).order_by("-id")
    first_counted = Subquery(of_room.values("id")[COUNTED - 1 : COUNTED])
    unread = (
        Message.objects.filter(
            room=OuterRef("pk"), id__gt=OuterRef("my_read"), id__gte=OuterRef("first_counted")
        )
        .exclude(author=user)
        .order_by()
        .values("room")
        .annotate(number=Count("pk"))
        .values("number")
    )
    # `Room` declares it for the type checker.
    count = {"unread": Coalesce(Subquery(unread, output_field=IntegerField()), Value(0))}
    return rooms.annotate(first_counted=Coalesce(first_counted, Value(0))).annotate(**count)


def counted(rooms: Iterable[Room], user: User) -> list[Room]:
    """Return the rooms, and where what was read is not written yet, with nothing unread."""
    found = list(rooms)
    for room in found:
        if (user.pk, room.pk) in _waiting:
            room.unread = 0
    return found


def note(user: User, room: Room, message: int) -> None:
    """Take note that somebody has seen this message and all before it."""
    place = (user.pk, room.pk)
    known = -1 if room.my_read is None else room.my_read
    if message <= max(_waiting.get(place, -1), known):
        return
    loop = registry.engine().pubsub.loop
    if loop is None:  # nobody is here to write it later
        write({place: message})
        return
    with _lock:
        is_first = not _waiting
        if place in _waiting or len(_waiting) < MAX_WAITING:
            _waiting[place] = message
    if is_first:
        asyncio.run_coroutine_threadsafe(_write_later(), loop)


def write(read: Mapping[Place, int]) -> None:
    """Write down how far people have read."""
    rows = [
        Standing(user_id=user, room_id=room, last_read=message)
        for (user, room), message in sorted(read.items())
    ]
    Standing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["room", "user"],
        update_fields=["last_read"],
    )


async def _write_later() -> None:
    await asyncio.sleep(WRITE_EVERY)
    with _lock:
        read = dict(_waiting)
        _waiting.clear()
    await database_sync_to_async(_write_known)(read)


def _write_known(read: Mapping[Place, int]) -> None:
    # A room or an account may have gone meanwhile, and would let all the others fail.
    users, rooms = {user for user, _ in read}, {room for _, room in read}
    people = get_user_model().objects.filter(pk__in=users).values_list("pk", flat=True)
    places = Room.objects.filter(pk__in=rooms).values_list("pk", flat=True)
    known = set(product(people, places))
    write({place: message for place, message in read.items() if place in known})
