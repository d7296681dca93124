"""Nobody's notifications grow without a bound: the older ones go, those that were read first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from notifications.models import Notification

if TYPE_CHECKING:
    from collections.abc import Collection

# So many are kept of a person; when there are more, they are brought down to LEFT at once, so that
# this is not to be done for every further one.
KEPT = 1000
LEFT = 900


def prune(users: Collection[Any]) -> None:
    """Delete what is beyond the bound. Asks the database once if there is nothing."""
    crowded = (
        Notification.objects.filter(recipient__in=users)
        .values_list("recipient")
        .annotate(number=Count("pk"))
        .filter(number__gt=KEPT)
        .order_by()
    )
    for user, number in crowded:
        _delete(user, number - LEFT)


def _delete(user: Any, number: int) -> None:
    oldest = (
        Notification.objects.filter(recipient=user)
        .annotate(is_unread=Q(read_at=None))
        .order_by("is_unread", "id")
        .values_list("pk", flat=True)
    )
    Notification.objects.filter(pk__in=list(oldest[:number])).delete()
