"""Tell people's open pages and programs, after the commit, with the count as it is then.

The count is read after the commit because transactions do not see one another's rows. One delivery
goes after the other, so that an older count never leaves behind a newer one.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from notifications import topics
from notifications.counts import forget_counts
from notifications.unread import unread_of
from realtime.exceptions import NotServingError

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one person. A repeated `id` is published once."""

    data: Mapping[str, object]
    id: str = ""


def deliver(events: Mapping[Any, Event]) -> None:
    """Publish each user's event when the running transaction commits, else at once.

    What is told here stands in the database. So where it cannot be told, as in a process that
    serves no sockets, that is logged, and people find it on their next page.
    """
    forget_counts(events)

    def tell() -> None:
        _deliver(events)

    transaction.on_commit(tell, robust=True)


def _deliver(events: Mapping[Any, Event]) -> None:
    with _one_at_a_time:
        for user, unread in unread_of(events.keys()).items():
            event = events[user]
            data = {**event.data, "unread": unread.count, "announced": unread.announced}
            try:
                topics.mine(user=user).publish(data, id=event.id)
            except NotServingError:
                logger.info(
                    "Stored, but not delivered live: this process serves no sockets. "
                    "%d people will see it on their next page.",
                    len(events),
                )
                return
