"""Rooms, people, and a record of what the chat published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User

from chat import reading
from chat.models import Room, Standing
from realtime.topics import BoundTopic

if TYPE_CHECKING:
    from django.test import Client as Browser


@dataclass(frozen=True, slots=True)
class Published:
    """One call of `publish`."""

    topic: str
    data: Any
    id: str


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    """Let no test see what another one has read: their databases give the same ids again."""
    reading._waiting.clear()


@dataclass(frozen=True, slots=True)
class ShutOut:
    """One call of `unsubscribe`."""

    topic: str
    user: object


@pytest.fixture
def shut_out(monkeypatch: pytest.MonkeyPatch) -> list[ShutOut]:
    """Return a list of who is taken from which topic from now on, instead of doing it."""
    calls: list[ShutOut] = []

    def unsubscribe(self: BoundTopic, user: object, *, using: str = "default") -> None:
        calls.append(ShutOut(self.name, user))

    monkeypatch.setattr(BoundTopic, "unsubscribe", unsubscribe)
    return calls


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
    client.get("/")  # the bell on all pages is counted once
    return client


@pytest.fixture
def otto(db: None) -> User:
    """Return somebody else with an account."""
    return User.objects.create_user("otto", password="a long enough password")


@pytest.fixture
def den(mira: User) -> Room:
    """Return a private room, whose owner and only member is Mira."""
    den = Room.objects.create(slug="den", name="Den of Mira", is_private=True, owner=mira)
    Standing.objects.create(room=den, user=mira, state=Standing.State.MEMBER)
    return den


@pytest.fixture
def member(den: Room, otto: User) -> User:
    """Return Otto, who is a member of the private room."""
    Standing.objects.create(room=den, user=otto, state=Standing.State.MEMBER)
    return otto
