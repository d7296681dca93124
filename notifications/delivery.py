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
from notifications.batches import in_batches
from notifications.counts import forget_counts
from notifications.unread import unread_of
from realtime.exceptions import NotServingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    try:
        with _one_at_a_time:
            for users in in_batches(list(events)):
                _publish(events, users)
    except NotServingError:
        logger.info(
            "Stored, but not delivered live: this process serves no sockets, or its event loop is "
            "stuck. %d people will see it on their next page.",
            len(events),
        )


def _publish(events: Mapping[Any, Event], users: Sequence[Any]) -> None:
    for user, unread in unread_of(users).items():
        data = {
            **events[user].data,
            "unread": unread.count,
            "announced": unread.announced,
            "seen": unread.seen,
        }
        topics.mine(user=user).publish(data, id=events[user].id)
