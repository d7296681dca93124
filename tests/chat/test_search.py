"""Searching, in the rooms that one may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser, User

from chat import actions, search
from chat.messages import Author, post
from chat.models import Message, Room
from realtime import ActionError, Client

if TYPE_CHECKING:
    from django.test import Client as Browser
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.usefixtures("published")


def as_(user: User | AnonymousUser) -> Client:
    """Return a program of a user."""
    return Client(id="abcdef-123", socket="data", user=user)


def texts(result: dict[str, object]) -> list[str]:
    """Return the texts that were found."""
    messages = result["messages"]
    assert isinstance(messages, list)
    return [message["text"] for message in messages]


@pytest.fixture
def talk(lobby: Room, den: Room, mira: User) -> None:
    """Say something in a public and in a private room."""
    author = Author(mira, "mira")
    for text in ("a Crab here", "100% sure", "a crab there", "under_score"):
        post(room=lobby, author=author, text=text)
    post(room=den, author=author, text="a secret crab")


@pytest.mark.usefixtures("talk")
def test_newest_come_first_and_private_ones_for_members_alone(mira: User, otto: User) -> None:
    public = ["a crab there", "a Crab here"]
    assert texts(actions.search(as_(mira), words=" CRAB ")) == ["a secret crab", *public]
    assert texts(actions.search(as_(otto), words="crab")) == public
    assert texts(actions.search(as_(AnonymousUser()), words="crab")) == public
    assert texts(actions.search(as_(mira), words="crab", room="den")) == ["a secret crab"]
    with pytest.raises(ActionError, match="no such room"):
        actions.search(as_(otto), words="crab", room="den")


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(("words", "found"), [("0%", 1), ("r_s", 1), ("%%", 0), ("b__", 0)])
def test_words_are_no_pattern(otto: User, words: str, found: int) -> None:
    assert len(texts(actions.search(as_(otto), words=words))) == found


@pytest.mark.parametrize("words", ["", "a", " \u200b ", "x" * 101, "x" * 10_000])
def test_too_little_or_too_much_is_refused(mira: User, words: str) -> None:
    with pytest.raises(ActionError, match="Search for 2 to 100"):
        actions.search(as_(mira), words=words)


@pytest.mark.usefixtures("talk")
def test_deleted_messages_are_not_found(mira: User) -> None:
    number = Message.objects.get(text="a Crab here").pk
    actions.delete(as_(mira), room="lobby", message=number)
    assert texts(actions.search(as_(mira), words="crab here")) == []


@pytest.mark.usefixtures("talk")
def test_only_the_newest_are_looked_at(mira: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "REACH", 3)
    assert texts(actions.search(as_(mira), words="crab")) == ["a secret crab", "a crab there"]


def test_page_shows_what_was_found_in_parts(
    browser: Browser,
    lobby: Room,
    mira: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(25):
        post(room=lobby, author=Author(mira, "mira"), text=f"wave *{number}*")
    assert "It looks in all rooms" in browser.get("/search/").content.decode()
    with django_assert_max_num_queries(5):
        page = browser.get("/search/", {"q": "wave"}).content.decode()
    assert page.count("<em>") == 20
    first = Message.objects.get(text="wave *5*").pk
    assert f"?q=wave&amp;before={first}" in page
    assert "<time datetime=" in page
    assert 'src="/static/chat/times.js"' in page
    rest = browser.get(f"/search/?q=wave&before={first}").content.decode()
    assert rest.count("<em>") == 5
    assert "Older finds" not in rest
    of_room = browser.get("/search/?q=wave&room=lobby").content.decode()
    assert f"?q=wave&amp;room=lobby&amp;before={first}" in of_room
    assert '<input type="hidden" name="room" value="lobby">' in of_room
    nothing = browser.get("/search/", {"q": "<b>none"}).content.decode()
    assert "Nothing was found for “&lt;b&gt;none”" in nothing
    assert browser.get("/search/", {"q": "x"}).status_code == 400
    assert browser.get("/search/", {"q": "wave", "before": "x"}).status_code == 404
