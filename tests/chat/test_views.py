"""The pages: what they show, what they cost, and that they work without any script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.utils.html import escape

from chat.messages import Author, data_of, post
from chat.models import Message

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries

    from chat.models import Room
    from tests.chat.conftest import Published

HTMX = {"HX-Request": "true"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> & \"quoted\" 'too'"


@pytest.fixture
def talk(lobby: Room, published: list[Published]) -> list[Message]:
    """Return 120 messages of the lobby."""
    author = Author(None, "otter")
    talk = [post(room=lobby, author=author, text=f"say {n}") for n in range(120)]
    published.clear()
    return talk


def shown(content: bytes) -> list[int]:
    """Return the ids of the messages in a page, from top to bottom."""
    return [int(id_) for id_ in re.findall(r'<li id="message-(\d+)"', content.decode())]


@pytest.mark.django_db
def test_home_for_a_visitor_is_the_entrance_with_the_guest_button_first(client: Browser) -> None:
    page = client.get("/").content.decode()
    assert page.index("Enter as guest") < page.index("Sign in") < page.index("Create an account")


def test_home_lists_the_rooms(
    browser: Browser, lobby: Room, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(5):
        page = browser.get("/").content.decode()
    assert f'href="/rooms/{lobby.slug}/"' in page
    assert lobby.description in page


def test_room_shows_the_last_fifty(
    browser: Browser, talk: list[Message], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(5):
        response = browser.get("/rooms/lobby/")
    assert shown(response.content) == [message.pk for message in talk[-50:]]
    assert f'href="/rooms/lobby/?before={talk[70].pk}"' in response.content.decode()
    assert "HX-Request" in response.headers["Vary"]
    assert "no-store" in response.headers["Cache-Control"]


def test_room_is_connected_and_its_form_works_both_ways(browser: Browser, lobby: Room) -> None:
    page = browser.get(f"/rooms/{lobby.slug}/").content.decode()
    assert 'hx-ws:connect="/app/ws/html?token=' in page
    assert '<form id="composer" hx-ws:send method="post" action="/rooms/lobby/"' in page
    assert 'id="goby-errors" role="alert"' in page
    assert "maxlength" not in page
    cids = re.findall(r'name="cid" value="([0-9a-f-]{36})"', page)
    assert len(cids) == 1
    assert cids[0] not in browser.get(f"/rooms/{lobby.slug}/").content.decode()


def test_room_that_does_not_exist_is_not_found(browser: Browser) -> None:
    response = browser.get("/rooms/nowhere/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_older_page_by_a_plain_link(browser: Browser, talk: list[Message]) -> None:
    response = browser.get("/rooms/lobby/", {"before": talk[70].pk})
    page = response.content.decode()
    assert shown(response.content) == [message.pk for message in talk[20:70]]
    assert "Back to the newest messages" in page
    assert "chat.room.lobby" not in page  # news would stand below the wrong messages


def test_older_messages_for_htmx_come_without_the_page(
    browser: Browser, talk: list[Message], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(5):
        response = browser.get("/rooms/lobby/", {"before": talk[70].pk}, headers=HTMX)
    part = response.content.decode()
    assert part.startswith("<li ")
    assert shown(response.content) == [message.pk for message in talk[20:70]]
    assert f'<p id="older" hx-swap-oob="true"><a href="/rooms/lobby/?before={talk[20].pk}"' in part


def test_older_messages_end_at_the_first(browser: Browser, talk: list[Message]) -> None:
    response = browser.get("/rooms/lobby/", {"before": talk[5].pk}, headers=HTMX)
    assert shown(response.content) == [message.pk for message in talk[:5]]
    assert '<p id="older" hx-swap-oob="true"></p>' in response.content.decode()


def test_missed_messages_are_added_to_the_list(browser: Browser, talk: list[Message]) -> None:
    response = browser.get("/rooms/lobby/", {"after": talk[-3].pk}, headers=HTMX)
    assert response.content.decode().startswith('<ol id="messages" hx-swap-oob="beforeend">')
    assert shown(response.content) == [talk[-2].pk, talk[-1].pk]
    assert "HX-Refresh" not in response.headers


def test_missed_changes_take_the_place_of_what_is_shown(
    browser: Browser, talk: list[Message]
) -> None:
    for message in (talk[3], talk[-2]):
        message.text = "changed"
        message.html = "<p>changed</p>"
        message.save()
    query = {"after": talk[-1].pk, "first": talk[70].pk}
    part = browser.get("/rooms/lobby/", query, headers=HTMX).content.decode()
    assert part.count("changed") == 1
    assert f'<li hx-swap-oob="outerHTML" id="message-{talk[-2].pk}"' in part


def test_missing_too_many_changes_reloads_the_page(
    browser: Browser, talk: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.views.MAX_CHANGED", 1)
    talk[-1].save()
    query = {"after": talk[-1].pk, "first": talk[0].pk}
    response = browser.get("/rooms/lobby/", query, headers=HTMX)
    assert response.headers["HX-Refresh"] == "true"


def test_missing_too_many_messages_reloads_the_page(browser: Browser, talk: list[Message]) -> None:
    response = browser.get("/rooms/lobby/", {"after": talk[0].pk}, headers=HTMX)
    assert response.headers["HX-Refresh"] == "true"


def test_room_for_htmx_without_a_number_is_the_page(browser: Browser, lobby: Room) -> None:
    response = browser.get(f"/rooms/{lobby.slug}/", headers=HTMX)
    assert response.content.decode().startswith("<!doctype html>")


@pytest.mark.usefixtures("lobby")
@pytest.mark.parametrize("number", ["x", "-1", "", "1.5", "9" * 19, "²"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_page_at_no_number_is_not_found(
    browser: Browser, number: str, headers: dict[str, str]
) -> None:
    response = browser.get("/rooms/lobby/", {"before": number}, headers=headers)
    assert response.status_code == 404


@pytest.mark.usefixtures("lobby")
def test_post_stores_publishes_and_comes_back(
    browser: Browser, mira: User, published: list[Published]
) -> None:
    response = browser.post("/rooms/lobby/", {"text": "hello", "cid": "c-1", "action": "chat.send"})
    assert (response.status_code, response.headers["Location"]) == (302, "/rooms/lobby/")
    message = Message.objects.get()
    assert (message.author, message.text, message.client_id) == (mira, "hello", "c-1")
    assert [each.data for each in published] == [{"event": "created", **data_of(message)}]


@pytest.mark.usefixtures("lobby")
def test_post_twice_by_an_impatient_finger_says_it_once(
    browser: Browser, published: list[Published]
) -> None:
    for _ in range(2):
        browser.post("/rooms/lobby/", {"text": "hello", "cid": "c-1"})
    assert Message.objects.count() == len(published) == 1


@pytest.mark.usefixtures("lobby", "published")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "Write something first."), ("x" * 10_000, "at most 4000 characters")],
)
def test_post_that_is_refused_shows_why_and_keeps_the_text(
    browser: Browser,
    text: str,
    sentence: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(5):
        response = browser.post("/rooms/lobby/", {"text": text})
    page = response.content.decode()
    assert response.status_code == 400
    assert re.search(rf'<div id="goby-errors" role="alert">[^<]*{sentence}', page)
    assert 'aria-describedby="goby-errors' in page
    assert 'aria-invalid="true"' in page
    assert f">\n{text}</textarea>" in page
    assert not Message.objects.exists()


@pytest.mark.usefixtures("lobby")
def test_post_by_a_visitor_leads_to_the_entrance(client: Browser) -> None:
    response = client.post("/rooms/lobby/", {"text": "hello"})
    assert response.headers["Location"] == "/?next=%2Frooms%2Flobby%2F"
    assert not Message.objects.exists()


@pytest.mark.usefixtures("lobby")
def test_post_without_the_csrf_token_is_refused_in_the_look_of_the_site(mira: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(mira)
    response = browser.post("/rooms/lobby/", {"text": "hello"})
    assert response.status_code == 403
    assert "That form was too old" in response.content.decode()


@pytest.mark.usefixtures("lobby", "published")
def test_html_in_a_message_is_text(browser: Browser) -> None:
    browser.post("/rooms/lobby/", {"text": EVIL})
    page = browser.get("/rooms/lobby/").content.decode()
    live = render_to_string("chat/live/message.html", data_of(Message.objects.get()))
    for html in (page, live):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror" in html
        assert "<script>alert" not in html
        assert "<img src=x" not in html


@pytest.mark.usefixtures("lobby", "published")
def test_html_in_a_refused_text_is_text(browser: Browser) -> None:
    text = "</textarea><script>alert(1)</script>" * 200
    page = browser.post("/rooms/lobby/", {"text": text}).content.decode()
    assert escape(text) in page
    assert "<script>alert" not in page


@pytest.mark.usefixtures("lobby", "published")
def test_live_fragment_shows_the_message_as_the_page_does(
    browser: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser.post("/rooms/lobby/", {"text": "hello"})
    data = data_of(Message.objects.get())
    with django_assert_num_queries(0):
        live = render_to_string("chat/live/message.html", data)
    opening, closing = '<ol id="messages" hx-swap-oob="beforeend">', "</ol>"
    assert live.startswith(opening)
    item = live.removeprefix(opening).strip().removesuffix(closing).strip()
    assert item in browser.get("/rooms/lobby/").content.decode()
    assert live.count("hx-") == 1


def test_what_live_news_replace_has_an_id(browser: Browser, lobby: Room) -> None:
    for address in ("/", f"/rooms/{lobby.slug}/"):
        page = browser.get(address).content.decode()
        parts = re.findall(r"<[^>]* data-goby-topics=[^>]*>", page)
        ids = [re.findall(r' id="([^"]+)"', part) for part in parts]
        assert len(parts) >= 4
        assert all(ids)
        assert len({id_ for [id_] in ids}) == len(parts)
        assert re.search(
            r'id="chat-news".*<b class="badge".*<data id="news-random"', page, re.DOTALL
        )


def test_pages_hold_nothing_inline(browser: Browser, lobby: Room) -> None:
    for address in ("/", f"/rooms/{lobby.slug}/"):
        page = browser.get(address).content.decode()
        assert "style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]* src=)", page)
        assert not re.search(r"\son\w+=", page)


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_neither_user_nor_database(status: str) -> None:
    page = render_to_string(f"{status}.html")
    assert "<h1>" in page
    assert 'href="/"' in page
