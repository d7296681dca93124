"""Rooms, people, and a record of what the chat published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User

from chat.models import Room
from realtime.topics import BoundTopic

if TYPE_CHECKING:
    from django.test import Client as Browser


@dataclass(frozen=True, slots=True)
class Published:
    """One call of `publish`."""

    topic: str
    data: Any
    id: str


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Published]:
    """Return a list of all that is published from now on, instead of publishing it."""
    calls: list[Published] = []

    def publish(self: BoundTopic, data: Any, *, id: str = "", using: str = "default") -> None:
        calls.append(Published(self.name, data, id))

    monkeypatch.setattr(BoundTopic, "publish", publish)
    return calls


@pytest.fixture
def lobby(db: None) -> Room:
    """Return the lobby, which the migrations made."""
    return Room.objects.get(slug="lobby")


@pytest.fixture
def mira(db: None) -> User:
    """Return somebody with an account."""
    return User.objects.create_user("mira", password="a long enough password")


@pytest.fixture
def browser(client: Browser, mira: User) -> Browser:
    """Return a browser in which Mira is signed in."""
    client.force_login(mira)
    return client
