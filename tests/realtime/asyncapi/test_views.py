"""Who sees the document, and that a browser need not fetch it twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from realtime.asyncapi import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

pytestmark = pytest.mark.django_db

ADDRESS = reverse("realtime:asyncapi")


def browser(*, is_staff: bool) -> Browser:
    """Return a browser in which somebody signed in."""
    found = Browser()
    found.force_login(User.objects.create_user("ada", is_staff=is_staff))
    return found


def test_staff_gets_the_document_of_the_site_that_it_asked() -> None:
    response = browser(is_staff=True).get(ADDRESS, headers={"host": "testserver"})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == document(host="testserver", secure=False)


def test_site_over_https_has_secure_sockets() -> None:
    response = browser(is_staff=True).get(ADDRESS, secure=True)

    assert response.json()["servers"]["site"]["protocol"] == "wss"


@pytest.mark.parametrize(
    ("asks", "status"),
    [(Browser, 401), (partial(browser, is_staff=False), 403)],
    ids=["guest", "member"],
)
def test_others_are_refused_and_told_nothing(asks: Callable[[], Browser], status: int) -> None:
    response = asks().get(ADDRESS)

    assert response.status_code == status
    assert list(response.json()) == ["error"]


def test_everyone_gets_it_while_developing(settings: Settings) -> None:
    settings.DEBUG = True

    assert Browser().get(ADDRESS).json()["asyncapi"] == "3.0.0"


def test_document_that_did_not_change_is_not_sent_again() -> None:
    staff = browser(is_staff=True)
    first = staff.get(ADDRESS)

    again = staff.get(ADDRESS, headers={"if-none-match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert {"private", "no-cache"} <= set(first.headers["Cache-Control"].split(", "))
    assert "Cookie" in first.headers["Vary"]


def test_document_is_only_read() -> None:
    staff = browser(is_staff=True)

    assert staff.head(ADDRESS).status_code == 200
    assert staff.post(ADDRESS).status_code == 405
