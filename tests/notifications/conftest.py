"""Two people, a kind, and a record of what the notifications published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches

from notifications import Kind, kinds
from notifications.models import Announcement, Notification
from realtime.topics import BoundTopic

if TYPE_CHECKING:
    from django.test import Client as Browser

KIND = "testing.wave"
UNWANTED = "testing.poke"


@dataclass(frozen=True, slots=True)
class Published:
    """One call of `publish`."""

    topic: str
    data: Any
    id: str


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare two kinds for the length of a test, of which people want one by default."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    Kind(KIND, label="Somebody waves")
    Kind(UNWANTED, label="Somebody pokes me", default=False)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Forget the counts of those who had the same numbers in other tests."""
    caches["default"].clear()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Published]:
    """Return a list of all that is published, as if each statement committed at once."""
    calls: list[Published] = []

    def publish(self: BoundTopic, data: Any, *, id: str = "", using: str = "default") -> None:
        calls.append(Published(self.name, data, id))

    def at_once(callback: Any, using: str | None = None, *, robust: bool = False) -> None:
        callback()

    monkeypatch.setattr(BoundTopic, "publish", publish)
    monkeypatch.setattr("django.db.transaction.on_commit", at_once)
    return calls


@pytest.fixture
def mira(db: None) -> User:
    """Return somebody with an account."""
    return User.objects.create_user("mira", password="a long enough password")


@pytest.fixture
def jonas(db: None) -> User:
    """Return somebody else."""
    return User.objects.create_user("jonas", password="a long enough password")


@pytest.fixture
def browser(client: Browser, mira: User) -> Browser:
    """Return a browser in which Mira is signed in."""
    client.force_login(mira)
    return client


def store(user: User, number: int = 1, **fields: Any) -> list[Notification]:
    """Store notifications without telling anybody, the oldest first."""
    content = {"kind": KIND, "verb": "waved at you", **fields}
    return Notification.objects.bulk_create(
        Notification(recipient=user, **content) for _ in range(number)
    )


def announce(text: str = "Low water at six", number: int = 1) -> list[Announcement]:
    """Store announcements without telling anybody, the oldest first."""
    return Announcement.objects.bulk_create(Announcement(text=text) for _ in range(number))
