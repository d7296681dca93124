"""Marking as read, which shows on all open pages of the person at once.

Everything here is about the person's own: what belongs to others is as if it were not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from notifications.delivery import Event, deliver
from notifications.models import Announcement, Notification, Reader
from realtime import ActionError

if TYPE_CHECKING:
    from collections.abc import Sequence


def read(user: Any, *, id: int) -> None:
    """Mark one as read; again does no harm. Raises `ActionError` if it is not theirs."""
    mine = Notification.objects.filter(recipient=user, pk=id)
    with transaction.atomic():
        if mine.filter(read_at=None).update(read_at=timezone.now()):
            _tell(user, ids=[id])
        elif not mine.exists():
            raise ActionError("There is no such notification. Reload the page.", code=404)


def read_all(user: Any) -> None:
    """Mark all notifications, and all announcements, as read."""
    with transaction.atomic():
        mine = Notification.objects.filter(recipient=user, read_at=None)
        up_to = mine.aggregate(newest=Max("pk"))["newest"] or 0
        mine.filter(pk__lte=up_to).update(read_at=timezone.now())
        _move(user, to=_newest_announcement())
        _tell(user, up_to=up_to)


def see(user: Any, *, up_to: int) -> None:
    """Mark the announcements up to this one as read."""
    with transaction.atomic():
        _move(user, to=min(up_to, _newest_announcement()))
        _tell(user)


def _newest_announcement() -> int:
    newest: int | None = Announcement.objects.aggregate(newest=Max("pk"))["newest"]
    return newest or 0


def _move(user: Any, *, to: int) -> None:
    """Move how far somebody has read, never backwards."""
    reader, _ = Reader.objects.select_for_update().get_or_create(user=user)
    if to > reader.seen:
        reader.seen = to
        reader.save(update_fields=["seen"])


def _tell(user: Any, *, ids: Sequence[int] = (), up_to: int = 0) -> None:
    data = {"event": "read", "ids": list(ids), "up_to": up_to}
    deliver({user.pk: Event(data)})
