"""Who wants to be notified of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notifications import kinds
from notifications.models import Preference
from realtime import ActionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User

    from notifications.kinds import Kind


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind, and whether somebody wants it."""

    kind: Kind
    enabled: bool


def who_wants(kind: str, people: Sequence[User]) -> list[User]:
    """Return those of the people who want notifications of a declared kind."""
    found = kinds.find(kind)
    default = found is not None and found.default
    said = dict(
        Preference.objects.filter(kind=kind, user__in=[user.pk for user in people]).values_list(
            "user_id", "enabled"
        )
    )
    return [user for user in people if said.get(user.pk, default)]


def choices_of(user: Any) -> list[Choice]:
    """Return what somebody wants of all that there is. Asks the database once."""
    said = dict(Preference.objects.filter(user=user).values_list("kind", "enabled"))
    return [Choice(kind, said.get(kind.name, kind.default)) for kind in kinds.declared()]


def prefer(user: Any, *, kind: str, enabled: bool) -> None:
    """Keep what somebody wants; raise `ActionError` if no app declares the kind."""
    if kinds.find(kind) is None:
        raise ActionError("There are no notifications of this kind. Reload the page.", code=404)
    Preference.objects.update_or_create(user=user, kind=kind, defaults={"enabled": enabled})
