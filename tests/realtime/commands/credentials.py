"""People, topics and steps of the tests about tokens."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client as Browser

from realtime import History, Topic, registry
from realtime.identity import seal
from tests.wire import DataWire, disconnect_push

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wire import OpenData

PRIVATE = "$wire.private.lobby"
OPEN_PRIVATE = "$wire.open"
OWN = "wire.own#42,43"


@contextmanager
def declared() -> Iterator[None]:
    """Declare topics that ask for more than a permission."""
    topics = [
        Topic("$wire.private.{name}", history=History(size=10, ttl=60)),
        Topic("$wire.open", can_subscribe="anyone"),
        Topic("wire.own#{one},{other}", can_subscribe="anyone", can_publish="anyone"),
    ]
    try:
        yield
    finally:
        for topic in topics:
            registry.catalog.remove(topic.pattern)


@sync_to_async
def person(name: str = "ada", *, pk: int = 42, is_active: bool = True) -> User:
    """Return a user of the database."""
    return User.objects.create_user(name, pk=pk, is_active=is_active)


@sync_to_async
def signed_in(user: User) -> tuple[Browser, str]:
    """Return a browser in which this user signed in, and its sealed session."""
    browser = Browser()
    browser.force_login(user)
    return browser, seal(browser.cookies["sessionid"].value)


async def connect(wire: DataWire, token: str, **body: object) -> dict[str, Any]:
    """Connect with a token, and return the result."""
    reply = await wire.call("connect", token=token, **body)
    result: dict[str, Any] = reply["connect"]
    return result


async def opened_with(open_data: OpenData, token: str) -> DataWire:
    """Return a connection that this token opened."""
    wire = await open_data(connect=False)
    await connect(wire, token)
    return wire


async def assert_closed(wire: DataWire, code: int, reason: str) -> None:
    """Assert that the connection is told why, and closed."""
    assert await wire.next() == disconnect_push(code, reason)
    assert await wire.closed() == code


def connected_users() -> list[str]:
    """Return whose connections there are."""
    return sorted(connection.user for connection in registry.engine().connections._all)
