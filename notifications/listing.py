"""Reading the lists: somebody's notifications in pages, and the latest announcements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from notifications.announcements import data_of as announcement_data
from notifications.models import Announcement, Notification, Reader
from notifications.sending import data_of

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE_SIZE = 30
ANNOUNCEMENTS = 5


@dataclass(frozen=True, slots=True)
class Page:
    """Some notifications, the newest first. `before` leads to those beyond, None without any."""

    items: Sequence[dict[str, object]]
    before: int | None


def latest(user: Any, *, before: int | None = None) -> Page:
    """Return the newest, or the newest of those with an id below `before`."""
    mine = Notification.objects.filter(recipient=user).select_related("actor").order_by("-id")
    if before is not None:
        mine = mine.filter(id__lt=before)
    found = list(mine[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page([data_of(each) for each in shown], shown[-1].pk if len(found) > PAGE_SIZE else None)


def announcements_for(user: Any) -> list[dict[str, object]]:
    """Return the latest announcements, the newest first, each with whether it was read."""
    seen = Reader.objects.filter(user=user).values("seen")
    found = Announcement.objects.annotate(up_to=Coalesce(Subquery(seen), Value(0)))
    found = found.order_by("-id")[:ANNOUNCEMENTS]
    return [
        # What was told before somebody was here is no news.
        {
            **announcement_data(each),
            "read": each.pk <= each.up_to or each.created_at < user.date_joined,
        }
        for each in found
    ]
