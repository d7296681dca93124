"""Telling everybody: one row and one publication, however many there are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from notifications import topics
from notifications.counts import forget_announcements
from realtime.exceptions import NotServingError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from notifications.models import Announcement

logger = logging.getLogger(__name__)


def publish(announcement: Announcement) -> None:
    """Show a stored announcement on all open pages, when the running transaction commits."""
    _tell({"event": "announcement", **data_of(announcement)})


def withdraw(announcements: QuerySet[Announcement]) -> None:
    """Delete announcements, and take them off all open pages, when the transaction commits.

    A bell that counts one of them is right again on the next page, or with the next news.
    """
    with transaction.atomic():
        ids = list(announcements.values_list("pk", flat=True))
        announcements.delete()
        _tell({"event": "withdrawn", "ids": ids})


def _tell(data: dict[str, object]) -> None:
    forget_announcements()
    try:
        topics.everybody().publish(data)
    except NotServingError:
        logger.info(
            "Stored, but not shown live: this process serves no sockets. "
            "People will see it on their next page."
        )


def data_of(announcement: Announcement) -> dict[str, object]:
    """Return what templates and programs get to see of an announcement."""
    return {
        "id": announcement.pk,
        "text": announcement.text,
        "url": announcement.url,
        "created_at": announcement.created_at.isoformat(timespec="milliseconds"),
        "read": False,
    }
