"""The bell's count as HTML, kept in the fragment cache until it changes.

Every page shows the bell, and on most of them nothing is new. What changes a count forgets it in
the same transaction. An announcement changes everybody's, so all of them vary on one mark, which a
new announcement changes.
"""

from __future__ import annotations

import secrets
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from django.utils.functional import SimpleLazyObject

from notifications.unread import Unread, unread_of
from realtime import forget, fragment, get_or_render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

TEMPLATE = "notifications/_count.html"
_MARK = "notifications:announced"


def kept_count(user: Any) -> SafeString:
    """Return somebody's count, as it was made before if nothing has changed since."""
    mark = get_or_render(_MARK, partial(secrets.token_hex, 8))
    unread = cache(partial(_unread, user))  # asked for only where the count is rendered
    context = {
        "unread": SimpleLazyObject(lambda: unread().count),
        "announced": SimpleLazyObject(lambda: unread().announced),
        "seen": SimpleLazyObject(lambda: unread().seen),
    }
    return fragment(TEMPLATE, context, key=_key(user), vary_on=[mark])


def forget_counts(users: Iterable[Any]) -> None:
    """Forget the counts of these users when the running transaction commits, else at once."""
    for user in users:
        forget(_key(user))


def forget_announcements() -> None:
    """Forget everybody's count, as `forget_counts` does."""
    forget(_MARK)


def _key(user: Any) -> str:
    return f"notifications:count:{user}"


def _unread(user: Any) -> Unread:
    return unread_of([user]).get(user, Unread())
