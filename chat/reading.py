"""How far somebody has read each room, and how much there is beyond.

What was read is noted in memory and written together, a few seconds later and by a thread, so that
a page or a conversation does not wait for it. A server that is killed loses those seconds: some
messages count as unread again.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from chat.models import Message, Room, Standing
from realtime import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

WRITE_EVERY = 2.0  # seconds
# So many are counted; more are shown as "99+".
COUNTED = 100
# Of more than so many people, and of more than so many rooms of each, it is not noted: what they
# read stays unread.
MAX_PEOPLE = 10_000
MAX_ROOMS = 100

Place = tuple[int, int]  # a user and a room

_waiting: dict[int, dict[int, int]] = {}  # what was read last, by user and room
_lock = Lock()


def with_unread(rooms: QuerySet[Room], user: User) -> QuerySet[Room]:
    """Add to rooms, as `chat.access` returns them, how many messages of others are unread.

    At most 100 of each are looked at, by the index. A room in which one has never been has none.
    """
    read: dict[str, Any] = {"read": _read_of(user)}
    of_room = Message.objects.filter(room=OuterRef("pk")).order_by("-id")
    first_counted = Subquery(of_room.values("id")[COUNTED - 1 : COUNTED])
    unread = (
        Message.objects.filter(
            room=OuterRef("pk"), id__gt=OuterRef("read"), id__gte=OuterRef("first_counted")
        )
        .exclude(author=user)
        .order_by()
        .values("room")
        .annotate(number=Count("pk"))
        .values("number")
    )
    # `Room` declares it for the type checker.
    count = {"unread": Coalesce(Subquery(unread, output_field=IntegerField()), Value(0))}
    first: dict[str, Any] = {"first_counted": Coalesce(first_counted, Value(0))}
    return rooms.annotate(**read, **first).annotate(**count)


def _read_of(user: User) -> Case | F:
    # What waits to be written counts.
    waiting = _waiting.get(user.pk, {}).items()
    if not waiting:
        return F("my_read")
    whens = [When(pk=room, then=Value(message)) for room, message in waiting]
    return Case(*whens, default=F("my_read"), output_field=BigIntegerField())


def note(user: User, room: Room, message: int) -> None:
    """Take note that somebody has seen this message and all before it."""
    known = -1 if room.my_read is None else room.my_read
    if message <= max(_waiting.get(user.pk, {}).get(room.pk, -1), known):
        return
    loop = registry.engine().pubsub.loop
    if loop is None:  # nobody is here to write it later
        write({(user.pk, room.pk): message})
        return
    with _lock:
        is_first = not _waiting
        if user.pk in _waiting or len(_waiting) < MAX_PEOPLE:
            of_user = _waiting.setdefault(user.pk, {})
            if room.pk in of_user or len(of_user) < MAX_ROOMS:
                of_user[room.pk] = max(message, of_user.get(room.pk, message))
    if is_first:
        # It outlives the request, and must not run in its context.
        Context().run(asyncio.run_coroutine_threadsafe, _write_later(), loop)


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
        read = {(user, room): m for user, rooms in _waiting.items() for room, m in rooms.items()}
        _waiting.clear()
    try:
        await database_sync_to_async(_write_known)(read)
    except Exception as error:  # noqa: BLE001 - nobody waits for this; it stays unread
        registry.engine().instrumentation.fail("last read", error)


def _write_known(read: Mapping[Place, int]) -> None:
    # A room or an account may have gone meanwhile, and would let all the others fail.
    users, rooms = {user for user, _ in read}, {room for _, room in read}
    people = get_user_model().objects.filter(pk__in=users).values_list("pk", flat=True)
    places = Room.objects.filter(pk__in=rooms).values_list("pk", flat=True)
    known = set(product(people, places))
    write({place: message for place, message in read.items() if place in known})
