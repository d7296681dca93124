"""The pages: what they show and cost, whose they are, and that they work without any script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from notifications.listing import PAGE_SIZE
from notifications.models import Notification, Preference, Reader
from tests.notifications.conftest import KIND, UNWANTED, announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client as Browser
    from pytest_django import DjangoAssertNumQueries

    from tests.notifications.conftest import Published

HTMX = {"HX-Request": "true"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"
LIST = "/notifications/"


def shown(content: bytes) -> list[int]:
    """Return the ids of the notifications in a page, from top to bottom."""
    return [int(id_) for id_ in re.findall(r'<li id="notification-(\d+)"', content.decode())]


@pytest.mark.parametrize("path", ["", "preferences/", "17/"])
@pytest.mark.django_db
def test_visitor_is_led_to_the_entrance(client: Browser, path: str) -> None:
    response = client.get(f"{LIST}{path}")

    assert response.status_code == 302
    assert response.headers["Location"] == f"/accounts/sign-in/?next={LIST}{path}"


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["read", "read_all", "see", "prefer"])
def test_visitor_changes_nothing(client: Browser, mira: User, action: str) -> None:
    [notification] = store(mira)
    values = {"action": f"notifications.{action}", "id": notification.pk}

    assert client.post(LIST, values).status_code == 302
    assert client.post(f"{LIST}preferences/", {"kind": UNWANTED}).status_code == 302
    assert Notification.objects.filter(read_at=None).count() == 1
    assert not Preference.objects.exists()


def test_list_shows_the_newest_of_ones_own_in_three_queries(
    browser: Browser,
    mira: User,
    jonas: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    mine = store(mira, PAGE_SIZE + 5, actor=jonas, target="Lobby")
    store(jonas, 3)
    announce(number=7)

    with django_assert_max_num_queries(5):  # with the session and the user
        response = browser.get(LIST)

    page = response.content.decode()
    assert shown(response.content) == [each.pk for each in reversed(mine[5:])]
    assert "no-store" in response.headers["Cache-Control"]
    assert "HX-Request" in response.headers["Vary"]
    assert len(re.findall(r'<li id="announcement-', page)) == 5
    assert f'href="{LIST}?before={mine[5].pk}"' in page
    assert '<b dir="auto">jonas</b> waved at you <bdi>Lobby</bdi>' in page


def test_empty_list_says_so(browser: Browser) -> None:
    page = browser.get(LIST).content.decode()

    assert "Nothing here yet" in page
    assert "?before=" not in page


def test_read_ones_have_no_button(browser: Browser, mira: User) -> None:
    store(mira, read_at=timezone.now())

    page = browser.get(LIST).content.decode()

    assert 'name="id"' not in page
    assert not re.search("<li [^>]*data-unread", page)


def test_text_is_escaped_everywhere(browser: Browser, mira: User) -> None:
    store(mira, verb="said", target=EVIL)
    announce(EVIL)

    page = browser.get(LIST).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert(1)") == 4  # each once to see and once on the button


def test_sentence_without_an_actor_begins_with_a_capital(browser: Browser, mira: User) -> None:
    store(mira, verb="your room was approved")

    assert "Your room was approved" in browser.get(LIST).content.decode()


def test_older_ones_by_a_plain_link(browser: Browser, mira: User) -> None:
    mine = store(mira, 2 * PAGE_SIZE + 1)
    announce()

    response = browser.get(LIST, {"before": mine[-PAGE_SIZE].pk})

    page = response.content.decode()
    assert shown(response.content) == [each.pk for each in reversed(mine[1:-PAGE_SIZE])]
    assert "Back to the newest" in page
    assert f'href="{LIST}?before={mine[1].pk}"' in page
    assert 'id="announcements"' not in page
    assert 'id="notifications"' not in page  # news would stand above the wrong ones


def test_older_ones_for_htmx_come_without_the_page(
    browser: Browser, mira: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    mine = store(mira, 2 * PAGE_SIZE)

    with django_assert_max_num_queries(3):  # with the session and the user
        response = browser.get(LIST, {"before": mine[PAGE_SIZE].pk}, headers=HTMX)

    part = response.content.decode()
    assert part.startswith("<li ")
    assert shown(response.content) == [each.pk for each in reversed(mine[:PAGE_SIZE])]
    assert part.endswith('<p id="older-notifications" hx-swap-oob="true"></p>')


def test_list_for_htmx_without_a_number_is_the_page(browser: Browser) -> None:
    assert "<!doctype html>" in browser.get(LIST, headers=HTMX).content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "1" * 19, "", "٣"])
def test_number_that_is_none_is_not_found(browser: Browser, before: str) -> None:
    assert browser.get(LIST, {"before": before}).status_code == 404


# Forms without script


def test_read_by_a_plain_form(browser: Browser, mira: User, published: list[Published]) -> None:
    first, second = store(mira, 2)

    response = browser.post(LIST, {"action": "notifications.read", "id": first.pk})

    assert (response.status_code, response.headers["Location"]) == (302, LIST)
    assert [each.pk for each in Notification.objects.filter(read_at=None)] == [second.pk]
    assert [each.data["ids"] for each in published] == [[first.pk]]


def test_read_all_by_a_plain_form(browser: Browser, mira: User, published: list[Published]) -> None:
    store(mira, 2)

    browser.post(LIST, {"action": "notifications.read_all"})

    assert not Notification.objects.filter(read_at=None).exists()
    assert len(published) == 1


def test_see_by_a_plain_form(browser: Browser, mira: User, published: list[Published]) -> None:
    [announcement] = announce()

    browser.post(LIST, {"action": "notifications.see", "up_to": announcement.pk})

    assert Reader.objects.get(user=mira).seen == announcement.pk
    assert len(published) == 1


@pytest.mark.parametrize("id_", ["", "x", "1" * 40, "0"])
def test_read_of_what_is_no_notification_is_told(
    browser: Browser, published: list[Published], id_: str
) -> None:
    response = browser.post(LIST, {"action": "notifications.read", "id": id_})

    assert response.status_code == 400
    found = re.search(r'id="goby-errors" role="alert">([^<]+)<', response.content.decode())
    assert found
    assert not published


def test_notification_of_somebody_else_is_not_there(
    browser: Browser, jonas: User, published: list[Published]
) -> None:
    [notification] = store(jonas, url="/rooms/secret/")

    refused = browser.post(LIST, {"action": "notifications.read", "id": notification.pk})
    followed = browser.get(f"{LIST}{notification.pk}/")

    assert refused.status_code == 400
    assert followed.status_code == 404
    assert b"secret" not in refused.content + followed.content
    assert Notification.objects.filter(read_at=None).exists()
    assert not published


@pytest.mark.parametrize("action", ["", "chat.send", "notifications.prefer", "notifications.list"])
def test_other_actions_are_refused_here(browser: Browser, action: str) -> None:
    response = browser.post(LIST, {"action": action, "kind": KIND, "text": "hi"})

    assert response.status_code == 400
    assert "something unknown" in response.content.decode()
    assert not Preference.objects.exists()


# Following one


def test_following_leads_to_its_address_and_marks_it(
    browser: Browser, mira: User, published: list[Published]
) -> None:
    [notification] = store(mira, url="/rooms/lobby/#message-17")

    response = browser.get(f"{LIST}{notification.pk}/")

    assert response.headers["Location"] == "/rooms/lobby/#message-17"
    assert not Notification.objects.filter(read_at=None).exists()
    assert len(published) == 1


def test_following_one_that_leads_nowhere_shows_the_list(
    browser: Browser, mira: User, published: list[Published]
) -> None:
    [notification] = store(mira)

    assert browser.get(f"{LIST}{notification.pk}/").headers["Location"] == LIST
    assert len(published) == 1


def test_browser_that_only_looks_ahead_marks_nothing(browser: Browser, mira: User) -> None:
    [notification] = store(mira, url="/rooms/lobby/")
    url = f"{LIST}{notification.pk}/"

    browser.get(url, headers={"Sec-Purpose": "prefetch;prerender"})
    browser.head(url)

    assert Notification.objects.filter(read_at=None).exists()


def test_following_a_number_that_no_database_has_is_not_found(browser: Browser) -> None:
    assert browser.get(f"{LIST}{'9' * 40}/").status_code == 404


# Preferences


def test_preferences_list_the_kinds_as_they_are_wanted(browser: Browser, mira: User) -> None:
    Preference.objects.create(user=mira, kind="chat.mention", enabled=False)

    page = browser.get(f"{LIST}preferences/").content.decode()

    assert re.findall(r'value="([\w.]+)"( checked)?> ', page) == [
        ("chat.mention", ""),
        (UNWANTED, ""),
        (KIND, " checked"),
    ]
    assert "Somebody mentions me" in page


def test_preferences_are_what_is_checked(browser: Browser, mira: User) -> None:
    response = browser.post(f"{LIST}preferences/", {"kind": ["chat.mention", UNWANTED, "no.such"]})

    saved = {each.kind: each.enabled for each in Preference.objects.filter(user=mira)}
    assert saved == {KIND: False, UNWANTED: True}
    assert "Saved." in browser.get(response.headers["Location"]).content.decode()
