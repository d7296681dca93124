"""Who connects: the user of the session cookie, loaded for many at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client as Browser

from realtime import auth
from realtime.auth import SessionAuth
from realtime.client import user_of_session
from realtime.door import LARGEST_VISIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.sessions.backends.base import SessionBase
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(slots=True)
class Inner:
    """The application behind the middleware: keeps the scopes and sends that it was given."""

    scopes: list[dict[str, Any]] = field(default_factory=list)
    sends: list[Any] = field(default_factory=list)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        self.sends.append(send)


def scope_with(cookie: str) -> dict[str, Any]:
    return {"type": "websocket", "headers": [(b"host", b"x"), (b"cookie", cookie.encode())]}


@sync_to_async
def sign_in(name: str) -> str:
    """Return the session cookie of a person who has just signed in."""
    user = User.objects.create_user(name)
    browser = Browser()
    browser.force_login(user)
    return f"theme=dark; sessionid={browser.cookies['sessionid'].value}"


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that the database was asked for."""
    keys: list[str] = []

    def note(session: Any) -> Any:
        keys.append(session.session_key)
        return user_of_session(session)

    monkeypatch.setattr(auth, "user_of_session", note)
    return keys


async def test_scope_of_a_signed_in_visitor_has_the_user_and_the_session() -> None:
    inner = Inner()

    await SessionAuth(inner)(scope_with(await sign_in("mira")), None, None)

    assert inner.scopes[0]["user"].username == "mira"
    assert inner.scopes[0]["session"].session_key


async def test_scope_without_a_cookie_is_a_strangers_and_asks_nothing(visits: list[str]) -> None:
    inner = Inner()

    await SessionAuth(inner)({"type": "websocket", "headers": []}, None, None)
    await SessionAuth(inner)(scope_with("theme=dark"), None, None)

    assert [scope["user"].is_authenticated for scope in inner.scopes] == [False, False]
    assert inner.scopes[0]["session"].session_key is None
    assert visits == []


async def test_session_that_does_not_exist_is_a_strangers() -> None:
    inner = Inner()

    await SessionAuth(inner)(scope_with("sessionid=forged"), None, None)

    assert not inner.scopes[0]["user"].is_authenticated
    assert inner.scopes[0]["session"].session_key is None


async def test_send_reaches_the_application_as_the_server_gave_it() -> None:
    inner = Inner()

    async def send(message: Any) -> None:
        pass

    await SessionAuth(inner)(scope_with(await sign_in("mira")), None, send)

    assert inner.sends == [send]


async def test_many_who_come_at_once_each_get_their_own_user() -> None:
    inner = Inner()
    application = SessionAuth(inner)
    cookies = [await sign_in(f"user{number}") for number in range(3)]
    crowd = [cookies[number % 3] for number in range(LARGEST_VISIT + 7)]

    await asyncio.gather(*[application(scope_with(cookie), None, None) for cookie in crowd])

    names = [scope["user"].username for scope in inner.scopes]
    assert names == [f"user{number % 3}" for number in range(len(crowd))]


async def test_visitor_who_goes_away_while_waiting_keeps_nobody_from_getting_in() -> None:
    inner = Inner()
    application = SessionAuth(inner)
    cookie = await sign_in("mira")
    impatient = asyncio.ensure_future(application(scope_with(cookie), None, None))
    patient = asyncio.ensure_future(application(scope_with(cookie), None, None))
    await asyncio.sleep(0)

    impatient.cancel()
    await patient

    assert [scope["user"].username for scope in inner.scopes] == ["mira"]
    assert impatient.cancelled()


async def test_failing_database_fails_those_who_wait_and_not_those_who_come_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = Inner()
    application = SessionAuth(inner)
    cookie = await sign_in("mira")

    def fail(keys: Sequence[str]) -> list[auth.Visitor | Exception]:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(application._door, "_load", fail)
        waiting = [application(scope_with(cookie), None, None) for _ in range(2)]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    await application(scope_with(cookie), None, None)

    assert [type(outcome) for outcome in outcomes] == [ConnectionError, ConnectionError]
    assert len(inner.scopes) == 1


async def test_handshake_after_a_new_secret_key_leaves_the_session_to_the_next_page(
    settings: Settings,
) -> None:
    inner = Inner()
    cookie = await sign_in("mira")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key"

    for _ in range(2):  # a handshake can set no cookie, so the old one must stay good
        await SessionAuth(inner)(scope_with(cookie), None, None)

    assert [scope["user"].username for scope in inner.scopes] == ["mira", "mira"]


async def test_session_from_before_a_new_password_is_that_of_a_guest() -> None:
    inner = Inner()
    cookie = await sign_in("mira")
    user = await User.objects.aget(username="mira")
    user.set_password("another")
    await user.asave()

    await SessionAuth(inner)(scope_with(cookie), None, None)

    assert not inner.scopes[0]["user"].is_authenticated


async def test_key_that_cannot_be_looked_up_fails_its_own_handshake_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = Inner()
    application = SessionAuth(inner)
    cookies = [await sign_in("mira"), "sessionid=poison", await sign_in("noor")]
    new_session = auth._new_session

    def refuse_poison(key: str | None) -> SessionBase:
        if key == "poison":
            raise ValueError("A string literal cannot contain NUL characters.")
        return new_session(key)

    monkeypatch.setattr(auth, "_new_session", refuse_poison)
    outcomes = await asyncio.gather(
        *[application(scope_with(cookie), None, None) for cookie in cookies],
        return_exceptions=True,
    )

    assert [scope["user"].username for scope in inner.scopes] == ["mira", "noor"]
    assert [type(outcome) for outcome in outcomes] == [type(None), ValueError, type(None)]


async def test_database_that_is_away_is_asked_once_for_all_who_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application = SessionAuth(Inner())
    asked: list[str | None] = []

    def fail(key: str | None) -> SessionBase:
        asked.append(key)
        raise OperationalError

    monkeypatch.setattr(auth, "_new_session", fail)
    outcomes = await asyncio.gather(
        *[application(scope_with("sessionid=a"), None, None) for _ in range(3)],
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [OperationalError] * 3
    assert asked == ["a"]


async def test_visitor_who_went_away_is_not_told_of_the_failing_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application = SessionAuth(Inner())
    cookie = await sign_in("mira")

    def fail(session: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(auth, "user_of_session", fail)
    impatient = asyncio.ensure_future(application(scope_with(cookie), None, None))
    patient = asyncio.ensure_future(application(scope_with(cookie), None, None))
    await asyncio.sleep(0)
    impatient.cancel()

    with pytest.raises(OperationalError):
        await patient
    assert impatient.cancelled()


def test_middleware_serves_on_a_new_loop_after_the_old_one_ended() -> None:
    inner = Inner()
    application = SessionAuth(inner)

    for _ in range(2):
        asyncio.run(application(scope_with("sessionid=forged"), None, None))

    assert len(inner.scopes) == 2
