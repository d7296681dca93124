"""How much somebody has not read: their notifications, and announcements since they are here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Func, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from notifications.models import Announcement, Notification

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Unread:
    """A count, and the id of the newest announcement that it takes into account, 0 for none.

    `seen` is the id up to which the announcements were read, 0 for none.
    """

    count: int = 0
    announced: int = 0
    seen: int = 0


def unread_of(users: Collection[Any]) -> dict[Any, Unread]:
    """Return what each of these users, by primary key, has not read. Asks the database once."""
    mine = Notification.objects.filter(recipient=OuterRef("pk"), read_at=None)
    public = Announcement.objects.filter(
        id__gt=OuterRef("seen"),
        created_at__gte=OuterRef("date_joined"),
    )
    newest = Announcement.objects.order_by("-id").values("id")[:1]
    rows = (
        get_user_model()
        .objects.filter(pk__in=users)
        .annotate(seen=Coalesce("announcements_reader__seen", Value(0)))
        .values_list("pk", _count(mine), _count(public), Subquery(newest), "seen")
    )
    return {pk: Unread(mine + public, newest or 0, seen) for pk, mine, public, newest, seen in rows}


def _count(rows: QuerySet[Any]) -> Subquery:
    # Django's own Count would group the rows by what they refer to.
    number = Func("pk", function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(number=number).values("number"))
