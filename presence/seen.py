"""When people were last seen: noted in memory, written now and then in one statement.

A page that opens or closes costs an entry in a dict. What waits is written by a thread, also when
the server stops (see `asgi`). A server that is killed loses what waited; whose page was open then
was last seen when it was opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from presence.models import LastSeen

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence
    from datetime import datetime

Times = dict[str, "datetime"]  # by the user's id as text

# So many people at once: databases bound the values of a statement.
BATCH = 5_000


@dataclass(eq=False, slots=True, kw_only=True)
class Sightings:
    """Who was seen and when, as far as it is not written down. At most `limit` people."""

    limit: int
    dropped: Counter[str]
    _waiting: Times = field(default_factory=dict)

    def note(self, user: str) -> None:
        """Take note that a user was here now."""
        self._add(user, timezone.now())

    def take(self) -> Times:
        """Return all that waits, and forget it."""
        taken, self._waiting = self._waiting, {}
        return taken

    def put_back(self, times: Times) -> None:
        """Let wait again what could not be written, but for what is newer."""
        for user, at in times.items():
            if user not in self._waiting:
                self._add(user, at)

    def __len__(self) -> int:
        return len(self._waiting)

    def _add(self, user: str, at: datetime) -> None:
        if user in self._waiting or len(self._waiting) < self.limit:
            self._waiting[user] = at
        else:
            self.dropped["last_seen"] += 1


def write(times: Mapping[str, datetime]) -> None:
    """Write down when people were seen; those whom the database does not know are left out."""
    by_key = {key: at for user, at in times.items() if (key := _key_of(user)) is not None}
    keys = list(by_key)
    for start in range(0, len(keys), BATCH):
        _write(keys[start : start + BATCH], by_key)


def _write(keys: Sequence[Any], by_key: Mapping[Any, datetime]) -> None:
    with transaction.atomic():
        users = get_user_model()._default_manager.filter(pk__in=keys)
        known = sorted(users.values_list("pk", flat=True))
        LastSeen.objects.bulk_create(
            [LastSeen(user_id=key, at=by_key[key]) for key in known],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["at"],
        )


def _key_of(user: str) -> Any:
    """Return the primary key that is written so, or None: a token may name whom it likes."""
    try:
        key = get_user_model()._meta.pk.clean(user, None)
    except ValidationError:
        return None
    return key if str(key) == user else None
