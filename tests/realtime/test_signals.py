"""What happens elsewhere in Django that a socket must not outlive."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.test import Client as Browser

from realtime import registry, signals


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The sessions that ended, as the registry is told."""
    keys: list[str | None] = []
    monkeypatch.setattr(registry, "sign_out", keys.append)
    return keys


def test_sign_out_tells_the_session_that_ended(ended: list[str | None]) -> None:
    request = SimpleNamespace(session=SimpleNamespace(session_key="key"))

    user_logged_out.send(sender=User, request=request, user=None)

    assert ended == ["key"]


@pytest.mark.django_db
def test_sign_out_of_a_browser_tells_its_key_before_it_is_gone(ended: list[str | None]) -> None:
    browser = Browser()
    browser.force_login(User.objects.create_user("ada"))
    key = browser.cookies["sessionid"].value

    browser.logout()

    assert ended == [key]


@pytest.mark.django_db
def test_sign_in_as_somebody_else_tells_the_session_that_it_replaced(
    ended: list[str | None],
) -> None:
    browser = Browser()
    browser.force_login(User.objects.create_user("guest"))
    key = browser.cookies["sessionid"].value
    ended.clear()

    browser.post(
        "/accounts/sign-up/",
        {"username": "ada", "password1": "a-long-secret-7", "password2": "a-long-secret-7"},
    )

    assert browser.cookies["sessionid"].value != key
    assert ended == [key]


def test_sign_in_that_keeps_its_session_ends_none(ended: list[str | None]) -> None:
    request = SimpleNamespace(
        session=SimpleNamespace(session_key="key"), COOKIES={"sessionid": "key"}
    )

    signals.close_sockets_of_the_session_before(request)

    assert ended == []


def test_request_without_a_session_ends_none(ended: list[str | None]) -> None:
    signals.close_sockets(None)
    signals.close_sockets_of_the_session_before(None)

    assert ended == [None]
