"""The bell on every page of somebody signed in, and on no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.notifications.conftest import announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client as Browser
    from pytest_django import DjangoAssertNumQueries

PAGES = ["/", "/rooms/lobby/", "/notifications/", "/notifications/preferences/", "/nothing/"]


@pytest.mark.parametrize("path", PAGES)
def test_bell_follows_ones_own_topic_on_every_page(browser: Browser, mira: User, path: str) -> None:
    store(mira, 2)

    page = browser.get(path).content.decode()

    assert f'data-goby-topics="notifications#{mira.pk} notifications">\n  <a' in page
    assert '<b data-unread="2" data-announced="0" data-seen="0">2<' in page
    assert page.count("hx-ws:connect=") == 1
    assert page.count('id="bell"') == 1


@pytest.mark.parametrize("path", ["/", "/accounts/sign-in/", "/nothing/"])
@pytest.mark.django_db
def test_visitor_has_no_bell_and_no_connection(client: Browser, path: str) -> None:
    page = client.get(path).content.decode()

    assert 'id="bell"' not in page
    assert "hx-ws:connect" not in page
    assert "<script" not in page


@pytest.mark.parametrize(("number", "text"), [(1, "1"), (99, "99"), (100, "99+")])
def test_count_is_short(browser: Browser, mira: User, number: int, text: str) -> None:
    store(mira, number)

    page = browser.get("/").content.decode()

    assert re.findall(r"<b data-unread[^>]*>([^<]*)<", page) == [text]


def test_count_of_nothing_is_hidden(browser: Browser) -> None:
    page = browser.get("/").content.decode()

    assert '<b data-unread="0" data-announced="0" data-seen="0" hidden>' in page


def test_bell_knows_the_announcements_that_it_counted(browser: Browser) -> None:
    announcements = announce(number=2)

    page = browser.get("/").content.decode()

    assert f'data-unread="2" data-announced="{announcements[-1].pk}"' in page


def test_bell_asks_the_database_once_until_something_changes(
    browser: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(4):  # the session, the user and the preferences
        browser.get("/notifications/preferences/")
    with django_assert_max_num_queries(3):
        browser.get("/notifications/preferences/")
