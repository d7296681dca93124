"""Credentials that end while a client is being recognised: it may not slip through."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async

from goby_project.asgi import sockets
from realtime import auth, identity, registry
from realtime.door import Door
from tests.realtime.commands.credentials import connect, declared, person, signed_in
from tests.tokens import KEYS, mint
from tests.wire import disconnect_push

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.contrib.auth.models import User

    from tests.wire import Configure, DataWire, OpenData

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 5.0


@pytest.fixture(autouse=True)
def _site(goby: Configure) -> Iterator[None]:
    """A site that believes tokens."""
    with declared():
        goby(TOKEN_KEYS=KEYS)
        yield


class SlowDoor:
    """Between what the database said and those who wait for it."""

    def __init__(self, load: Callable[[Any], Any]) -> None:
        self.loaded, self.release = threading.Event(), threading.Event()
        self._load = load

    def __call__(self, key: Any) -> Any:
        found = self._load(key)
        self.loaded.set()
        assert self.release.wait(PATIENCE)
        return found

    async def passed(self) -> None:
        """Wait until somebody was loaded, and waits here."""
        assert await asyncio.to_thread(self.loaded.wait, PATIENCE)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDoor]:
    """Hold those who show a token up, once they were loaded."""
    slow = SlowDoor(identity._load_one)
    monkeypatch.setattr(identity, "_door", Door(slow))
    yield slow
    slow.release.set()


async def change_password(user: User) -> None:
    user.set_password("another one")
    # The door holds the only thread of the database.
    await sync_to_async(user.save, thread_sensitive=False)()
    await asyncio.sleep(0)


async def test_user_whose_credentials_end_while_the_token_is_read_is_closed(
    open_data: OpenData, door: SlowDoor
) -> None:
    user = await person()
    wire = await open_data(connect=False)
    wire.ask("connect", token=mint(sub="42", ttl=None))
    await door.passed()

    await change_password(user)
    door.release.set()

    assert await wire.next() == disconnect_push(3503, "signed out")
    assert await wire.closed() == 3503


async def test_user_whose_credentials_end_while_a_refresh_is_read_is_closed(
    open_data: OpenData, door: SlowDoor
) -> None:
    user = await person()
    door.release.set()
    wire = await open_data(connect=False)
    await connect(wire, mint(sub="42"))
    door.release.clear()
    door.loaded.clear()
    wire.ask("refresh", token=mint(sub="42"))
    await door.passed()

    await change_password(user)
    door.release.set()

    assert await wire.next() == disconnect_push(3503, "signed out")


async def test_user_who_signs_in_again_at_once_is_let_in(open_data: OpenData) -> None:
    user = await person()
    await change_password(user)
    assert registry.engine().connections._revoked == {}, "nothing is served yet"
    first = await open_data(connect=False)
    await connect(first, mint(sub="42", ttl=None))
    await change_password(user)

    again = await open_data(connect=False)
    await connect(again, mint(sub="42", ttl=None))

    assert await first.closed() == 3503
    await again.works()


async def test_user_whose_credentials_end_while_the_cookie_is_read_is_closed(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await open_data()).works()  # the site serves
    user = await person()
    browser, _ = await signed_in(user)
    slow = SlowDoor(auth._load)
    monkeypatch.setattr(sockets, "_door", Door(slow))
    opening: asyncio.Future[DataWire] = asyncio.ensure_future(
        open_data(connect=False, cookie=f"sessionid={browser.cookies['sessionid'].value}")
    )
    await slow.passed()

    await change_password(user)
    slow.release.set()

    wire = await opening
    assert await wire.next() == disconnect_push(3503, "signed out")
    assert await wire.closed() == 3503
