"""The client as actions and permissions see it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from realtime.client import (
    Client,
    client_of_request,
    client_of_scope,
    resolved_user,
    session_digest,
)
from realtime.exceptions import ConfigurationError


def test_guest_has_no_user_id() -> None:
    client = Client(id="c", socket="data", user=AnonymousUser())

    assert client.is_guest
    assert client.user_id == ""


def test_member_has_the_primary_key_as_text() -> None:
    client = Client(id="c", socket="html", user=User(pk=42))

    assert not client.is_guest
    assert client.user_id == "42"


def test_client_of_a_scope_has_its_user_and_a_digest_of_its_session() -> None:
    session = SessionStore("the-key-of-it")

    client = client_of_scope({"user": User(pk=42), "session": session}, id="c", socket="data")

    assert (client.id, client.socket, client.user_id) == ("c", "data", "42")
    assert client.session == session_digest("the-key-of-it")


def test_client_of_a_scope_without_a_session_has_none() -> None:
    client = client_of_scope({"user": AnonymousUser()}, id="c", socket="data")

    assert client.session == ""


def test_scope_without_a_user_is_refused_with_advice() -> None:
    with pytest.raises(ConfigurationError, match=r"has no user\. Wrap its URLRouter"):
        client_of_scope({}, id="c", socket="data")


def test_client_of_a_request_has_its_user_and_a_digest_of_its_session() -> None:
    request: Any = RequestFactory().get("/")
    request.user, request.session = User(pk=42), SessionStore("the-key-of-it")

    client = client_of_request(request)

    assert (client.socket, client.user_id, client.info) == ("http", "42", None)
    assert client.session == session_digest("the-key-of-it")
    assert client.id != client_of_request(request).id


def test_lazy_user_is_loaded_and_let_go() -> None:
    user = User(pk=1)
    lazy: Any = SimpleLazyObject(lambda: user)

    assert resolved_user(lazy) is user
    assert resolved_user(user) is user


def test_digest_stands_for_a_session_without_telling_its_key() -> None:
    assert session_digest("key") == session_digest("key")
    assert session_digest("key") != session_digest("other")
    assert "key" not in session_digest("key")
    assert session_digest(None) == session_digest("") == ""
