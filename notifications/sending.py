"""Notify people: stored in the transaction of the cause, delivered after its commit.

    notify(users, kind="chat.mention", verb="mentioned you in", target="Lobby", actor=author)

A rollback leaves nothing behind and tells nobody. Who did it is not told of it, and nobody is told
of what they do not want. Many people cost as many queries as one.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.db import transaction

from notifications import kinds
from notifications.batches import in_batches
from notifications.delivery import Event, deliver
from notifications.links import check_link
from notifications.models import MAX_TARGET_LENGTH, MAX_VERB_LENGTH, Notification
from notifications.preferences import who_wants
from notifications.pruning import prune
from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.contrib.auth.models import User

# White space, control characters, and halves of surrogate pairs, which no database can store.
_GAP = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def notify(
    recipients: User | Iterable[User],
    *,
    kind: str,
    verb: str,
    target: str = "",
    url: str = "",
    actor: User | None = None,
) -> list[Notification]:
    """Notify one or many, and return what was stored for those who want it.

    `kind` is declared by a `Kind`. Verb and target are shortened where they are too long. `url`
    is a path of this site or an address of the web. Raises `ConfigurationError` for an unknown
    kind, a verb that is empty, or another `url`.
    """
    content = _checked(kind, verb, target, url)
    people = _people(recipients, actor)
    made: list[Notification] = []
    with transaction.atomic():
        for some in in_batches(people):
            made += _store(who_wants(kind, some), content, actor)
    return made


async def anotify(
    recipients: User | Iterable[User],
    *,
    kind: str,
    verb: str,
    target: str = "",
    url: str = "",
    actor: User | None = None,
) -> list[Notification]:
    """Do what `notify` does, from a coroutine."""
    work = partial(notify, recipients, kind=kind, verb=verb, target=target, url=url, actor=actor)
    return await database_sync_to_async(work)()


def data_of(notification: Notification) -> dict[str, object]:
    """Return what templates and programs get to see of a notification."""
    actor = notification.actor
    return {
        "id": notification.pk,
        "kind": notification.kind,
        "actor": "" if actor is None else actor.get_username(),
        "verb": notification.verb,
        "target": notification.target,
        "url": notification.url,
        "created_at": notification.created_at.isoformat(timespec="milliseconds"),
        "read": notification.read_at is not None,
    }


def _checked(kind: str, verb: str, target: str, url: str) -> dict[str, str]:
    if kinds.find(kind) is None:
        raise ConfigurationError(
            f'No app declares notifications of the kind "{kind}". Declare it with '
            f'Kind("{kind}", label="...") in a module that is imported when Django starts.'
        )
    verb = _bounded(verb, MAX_VERB_LENGTH)
    if not verb:
        raise ConfigurationError('A notification needs a verb, such as "mentioned you in".')
    try:
        check_link(url)
    except ValidationError as error:
        raise ConfigurationError(f"This cannot be a notification's url. {error.message}") from None
    return {
        "kind": kind,
        "verb": verb,
        "target": _bounded(target, MAX_TARGET_LENGTH),
        "url": url,
    }


def _bounded(text: str, length: int) -> str:
    text = _GAP.sub(" ", text).strip()
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _people(recipients: User | Iterable[User], actor: User | None) -> list[User]:
    several: Iterable[Any] = [recipients] if hasattr(recipients, "pk") else recipients
    people = {user.pk: user for user in several if user.pk is not None}
    if actor is not None:
        people.pop(actor.pk, None)
    return list(people.values())


def _store(
    people: Sequence[User], content: dict[str, str], actor: User | None
) -> list[Notification]:
    made = Notification.objects.bulk_create(
        Notification(recipient=user, actor=actor, **content) for user in people
    )
    if made:
        prune([user.pk for user in people])
        deliver({each.recipient_id: _event(each) for each in made})
    return made


def _event(notification: Notification) -> Event:
    data = {"event": "notification", **data_of(notification)}
    return Event(data, id=f"notification:{notification.pk}")
