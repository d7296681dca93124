"""Who a token speaks of, and what a token's user can be used for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client as Browser

from realtime.claims import Claims
from realtime.client import Client, session_digest
from realtime.exceptions import TokenError
from realtime.identity import TokenUser, claims_of, identify, seal
from realtime.permissions import NAMED
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from realtime.identity import Identity

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _worker_thread() -> Iterator[None]:
    close_connections_of_the_worker_thread()
    yield
    close_connections_of_the_worker_thread()


def identity_of(user: str, *, session: str = "", allow_unknown: bool = False) -> Identity:
    claims = Claims(user=user, expires_at=None, info=None, session=session)
    return async_to_sync(identify)(claims, allow_unknown=allow_unknown)


def session_of(user: User) -> str:
    """Return the key of a session in which this user is signed in."""
    browser = Browser()
    browser.force_login(user)
    return browser.cookies["sessionid"].value


def test_user_of_the_database_is_loaded() -> None:
    user = User.objects.create_user("ada")

    found = identity_of(str(user.pk))

    assert (found.user, found.session) == (user, "")


def test_nobody_is_a_guest() -> None:
    assert isinstance(identity_of("").user, AnonymousUser)


@pytest.mark.parametrize("name", [" 42", "042", "+42", "4_2", "٤٢", "ada", "9" * 40, "4\0"])
def test_other_spelling_of_an_id_is_another_user(name: str) -> None:
    User.objects.create_user("ada", pk=42)

    with pytest.raises(TokenError, match="does not exist"):
        identity_of(name)
    assert identity_of(name, allow_unknown=True).user == TokenUser(name)


def test_deactivated_user_is_refused_even_where_unknown_ones_are_not() -> None:
    user = User.objects.create_user("ada", is_active=False)

    with pytest.raises(TokenError, match="is not active"):
        identity_of(str(user.pk), allow_unknown=True)


def test_user_whom_only_the_token_knows_is_signed_in_and_has_no_rights() -> None:
    client = Client(id="c", socket="data", user=_any(TokenUser("x-42")))

    assert client.user_id == "x-42"
    assert not client.is_guest
    assert [name for name, may in NAMED.items() if may(client)] == ["anyone", "signed_in"]
    assert (str(client.user), client.user.get_username()) == ("x-42", "x-42")
    assert not _any(client.user).has_perm("chat.add_message")
    with pytest.raises(dataclasses.FrozenInstanceError):
        client.user.is_active = False


def test_session_of_the_user_is_told_by_its_digest() -> None:
    user = User.objects.create_user("ada")
    key = session_of(user)

    found = identity_of(str(user.pk), session=seal(key))

    assert (found.user, found.session) == (user, session_digest(key))


def test_session_of_a_guest_is_good_while_it_exists() -> None:
    session = SessionStore()
    session.create()
    key = str(session.session_key)

    assert identity_of("", session=seal(key)).session == session_digest(key)
    session.delete()
    with pytest.raises(TokenError, match="has ended"):
        identity_of("", session=seal(key))


def test_session_that_ended_or_is_anothers_is_refused() -> None:
    ada, bob = User.objects.create_user("ada"), User.objects.create_user("bob")
    sealed = seal(session_of(ada))

    with pytest.raises(TokenError, match="has ended"):
        identity_of(str(bob.pk), session=sealed, allow_unknown=True)
    ada.set_password("another one")
    ada.save()
    with pytest.raises(TokenError, match="has ended"):
        identity_of(str(ada.pk), session=sealed)


def test_session_of_a_deactivated_user_is_refused() -> None:
    user = User.objects.create_user("ada")
    sealed = seal(session_of(user))
    User.objects.update(is_active=False)

    with pytest.raises(TokenError, match="has ended"):
        identity_of(str(user.pk), session=sealed)


@pytest.mark.parametrize("sealed", ["forged", "ä", "gAAAAA=="])
def test_session_that_this_site_did_not_seal_is_refused(sealed: str) -> None:
    with pytest.raises(TokenError, match="was not made by this site"):
        identity_of("42", session=sealed, allow_unknown=True)


def test_sealed_session_survives_a_rotation_of_the_secret_key(settings: Settings) -> None:
    user = User.objects.create_user("ada")
    key = session_of(user)
    sealed = seal(key)
    old = settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [old]
    assert identity_of(str(user.pk), session=sealed).user == user

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(TokenError, match="was not made by this site"):
        identity_of(str(user.pk), session=sealed)


def test_sealed_session_does_not_show_its_key() -> None:
    assert "key-of-it" not in seal("key-of-it")
    assert seal("key-of-it") != seal("key-of-it")


def test_claims_of_a_client_name_its_user_and_its_session() -> None:
    user = User.objects.create_user("ada", pk=42)
    client = Client(id="c", socket="http", user=user)

    claims = claims_of(client, session_of(user))

    assert identity_of(claims["sub"], session=claims["sid"]).user == user
    assert claims_of(client, None) == {"sub": "42"}


def _any(value: Any) -> Any:
    return value
