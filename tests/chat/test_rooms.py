"""Making rooms, and the list of rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat import rooms
from chat.models import Room, Standing
from chat.rooms import create_room, list_rooms, rooms_around
from realtime import ActionError

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
    ],
)
def test_room_that_cannot_be_is_refused(
    mira: User, name: str, description: str, sentence: str
) -> None:
    with pytest.raises(ActionError, match=sentence):
        create_room(owner=mira, name=name, description=description)


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
    with django_assert_num_queries(1):
        assert [room.slug for room in list_rooms(mira).open] == ["lobby", "random", "den"]
    assert [room.slug for room in list_rooms(otto).open] == ["lobby", "random"]
    Standing.objects.create(room=den, user=otto, state=Standing.State.INVITED)
    assert list_rooms(otto).invitations == [den]


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
