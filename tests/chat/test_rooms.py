"""Making rooms, and the list of rooms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from chat import rooms, topics
from chat.models import Room, Standing
from chat.rooms import create_room, list_rooms, rooms_around
from realtime import ActionError
from realtime.message import Position
from realtime.templatetags.realtime import LONGEST_TOKEN
from realtime.tokens import Page, sign

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client as Browser
    from pytest_django import DjangoAssertNumQueries


def test_room_is_made_with_its_owner_as_a_member(mira: User) -> None:
    room = create_room(owner=mira, name="  Tide   pools ", description="All wet.", private=True)
    assert (room.slug, room.name, room.owner) == ("tide-pools", "Tide pools", mira)
    assert Standing.objects.get(room=room).user == mira


def test_room_of_the_same_name_has_another_address(mira: User) -> None:
    slugs = {create_room(owner=mira, name=name).slug for name in ("Reef", "Reef", "new", "日本語")}
    assert len(slugs) == 4
    assert "reef" in slugs
    assert "new" not in slugs
    assert any(slug.startswith("room-") for slug in slugs)


@pytest.mark.parametrize(
    ("name", "description", "sentence"),
    [
        (" \u200b ", "", "Give the room a name"),
        ("x" * 81, "", "name has at most 80"),
        ("x", "y" * 201, "description has at most 200"),
        ("The L\u043ebby", "", "several alphabets that look alike"),
    ],
)
def test_room_that_cannot_be_is_refused(
    mira: User, name: str, description: str, sentence: str
) -> None:
    with pytest.raises(ActionError, match=sentence):
        create_room(owner=mira, name=name, description=description)


def test_room_is_stored_as_it_looks(mira: User) -> None:
    made = create_room(owner=mira, name="Lob\u200dby\u202e ", description="a\x00\nb\u3164")
    assert (made.name, made.description) == ("Lobby", "a b")
    assert made.slug.startswith("lobby-")


def test_one_person_makes_only_so_many(mira: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MAX_ROOMS_EACH", 1)
    create_room(owner=mira, name="one")
    with pytest.raises(ActionError, match="You have made 1 rooms"):
        create_room(owner=mira, name="two")


def test_room_without_a_free_address_is_refused(
    mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "_slugs", lambda name: ["lobby"])
    with pytest.raises(ActionError, match="No free address"):
        create_room(owner=mira, name="Lobby")


def test_list_has_what_one_may_enter_and_invitations(
    den: Room, mira: User, otto: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        assert [room.slug for room in list_rooms(mira).open] == ["den", "lobby", "random"]
    assert [room.slug for room in list_rooms(otto).open] == ["lobby", "random"]
    Standing.objects.create(room=den, user=otto, state=Standing.State.INVITED)
    assert list_rooms(otto).invitations == [den]


def test_many_rooms_stand_on_pages_with_ones_own_on_the_first(
    browser: Browser,
    den: Room,
    otto: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    Room.objects.bulk_create(Room(slug=f"a{n:03}", name="A room") for n in range(100))
    mira = den.owner
    assert mira is not None
    cave = create_room(owner=otto, name="Zoo", private=True)
    Standing.objects.create(room=cave, user=mira, state=Standing.State.INVITED)
    with django_assert_max_num_queries(5):
        page = browser.get("/").content.decode()
    assert '<strong dir="auto">Zoo</strong>' in page
    found = re.findall(r'<li><a href="/rooms/([a-z0-9]+)/">', page)
    assert found[0] == "den"
    while more := re.search(r'href="(\?page=\d+)" rel="next"', page):
        with django_assert_max_num_queries(5):
            page = browser.get(f"/{more[1]}").content.decode()
        shown = re.findall(r'<li><a href="/rooms/([a-z0-9]+)/">', page)
        assert len(shown) <= rooms.LISTED
        found += shown
    assert found == ["den", *(f"a{n:03}" for n in range(100)), "lobby", "random"]
    assert 'rel="prev"' in page
    for odd in ("0", "-1", "x", "9" * 30, "\x00"):
        assert browser.get("/", {"page": odd}).status_code == 200


@pytest.mark.usefixtures("lobby")
def test_longest_names_of_a_page_fit_into_an_address(browser: Browser) -> None:
    slugs = [f"{n}".rjust(50, "x") for n in range(rooms.LISTED)]
    Room.objects.bulk_create(Room(slug=slug, name="A room") for slug in slugs)
    assert browser.get("/").status_code == 200
    at = Position(10**9, "fFz0Q1aBcdef")
    names = [topics.news(slug=slug).name for slug in slugs]
    token = sign(Page(topics=dict.fromkeys(names, at), user="1" * 12, session="s" * 43))
    assert len(token) <= LONGEST_TOKEN


def test_room_comes_first_and_others_with_it(den: Room, mira: User, otto: User) -> None:
    assert [room.slug for room in rooms_around(mira, "random", limit=1)] == ["random", "den"]
    assert rooms_around(otto, "den", limit=5) == []
    assert rooms_around(otto, "no room", limit=5) == []


@pytest.mark.usefixtures("lobby")
def test_form_for_a_new_room(browser: Browser) -> None:
    assert "Make the room" in browser.get("/rooms/new/").content.decode()
    response = browser.post("/rooms/new/", {"name": "Reef"})
    assert response.headers["Location"] == "/rooms/reef/"
    assert not Room.objects.get(slug="reef").is_private
    response = browser.post("/rooms/new/", {"name": "Cave", "private": "true"})
    assert response.headers["Location"] == "/rooms/cave/people/"
    assert Room.objects.get(slug="cave").is_private
    refused = browser.post("/rooms/new/", {"name": " ", "description": "keep <me>"})
    assert refused.status_code == 400
    assert "keep &lt;me&gt;" in refused.content.decode()
