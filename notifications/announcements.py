"""Telling everybody: one row and one publication, however many there are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from notifications import topics
from notifications.counts import forget_announcements
from realtime.exceptions import NotServingError

if TYPE_CHECKING:
    from notifications.models import Announcement

logger = logging.getLogger(__name__)


def publish(announcement: Announcement) -> None:
    """Show a stored announcement on all open pages, when the running transaction commits."""
    forget_announcements()
    data = {"event": "announcement", **data_of(announcement)}
    try:
        topics.everybody().publish(data)
    except NotServingError:
        logger.info(
            "The announcement is stored, but not shown live: this process serves no sockets. "
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
