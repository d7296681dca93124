"""What people may ask of their notifications, over either socket or by a plain form."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from notifications import preferences, reading
from notifications.listing import latest
from notifications.unread import unread_of
from realtime import Client, action


async def has_account(client: Client) -> bool:
    """Return whether this is somebody of the database: tokens may name others, too."""
    return isinstance(client.user, get_user_model())


@action("notifications.list", allow=has_account)
def list_(client: Client, *, before: int | None = None) -> dict[str, object]:
    """Return the newest notifications, or those older than `before`, and how much is unread."""
    page = latest(client.user, before=before)
    unread = unread_of([client.user.pk])[client.user.pk].count
    return {"notifications": list(page.items), "before": page.before, "unread": unread}


@action("notifications.read", allow=has_account)
def read(client: Client, *, id: int) -> None:
    """Mark one of one's own as read."""
    reading.read(client.user, id=id)


@action("notifications.read_all", allow=has_account)
def read_all(client: Client) -> None:
    """Mark everything as read, announcements as well."""
    reading.read_all(client.user)


@action("notifications.see", allow=has_account)
def see(client: Client, *, up_to: int) -> None:
    """Mark the announcements up to this one as read."""
    reading.see(client.user, up_to=up_to)


@action("notifications.prefer", allow=has_account)
def prefer(client: Client, *, kind: str, enabled: bool = False) -> None:
    """Say whether one wants notifications of a kind."""
    preferences.prefer(client.user, kind=kind, enabled=enabled)
