"""The tables: what they refuse, what they keep, and what they start with."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from chat.models import Message, Room

if TYPE_CHECKING:
    from django.contrib.auth.models import User

first_rooms = import_module("chat.migrations.0002_first_rooms")


def say(room: Room, text: str = "hi", *, author: str = "mira", client_id: str = "1") -> Message:
    return Message.objects.create(room=room, author_name=author, text=text, client_id=client_id)


def test_message_sent_twice_by_one_author_is_refused(lobby: Room) -> None:
    say(lobby)
    with pytest.raises(IntegrityError), transaction.atomic():
        say(lobby)


def test_message_with_the_same_client_id_elsewhere_is_kept(lobby: Room) -> None:
    say(lobby)
    say(lobby, author="otter")
    say(Room.objects.get(slug="random"))
    assert Message.objects.count() == 3


def test_message_outlives_its_author(lobby: Room, mira: User) -> None:
    message = Message.objects.create(
        room=lobby, author=mira, author_name="mira", text="still here", client_id="1"
    )
    mira.delete()
    message.refresh_from_db()
    assert message.author is None
    assert message.author_name == "mira"


def test_names_are_readable(lobby: Room) -> None:
    assert str(lobby) == "Lobby"
    assert "mira" in str(say(lobby))


def test_newest_of_a_room_are_found_by_the_index(lobby: Room) -> None:
    query = str(Message.objects.filter(room=lobby, id__lt=9).order_by("-id")[:50].query)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        plan = str(cursor.fetchall())
    assert "chat_room_newest" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.django_db
def test_first_rooms_are_there_and_making_them_again_changes_nothing() -> None:
    Room.objects.filter(slug="lobby").update(name="The hall")
    first_rooms.make_rooms(apps, None)
    names = dict(Room.objects.values_list("slug", "name"))
    assert names == {"lobby": "The hall", "random": "Random"}


def test_first_rooms_taken_back_leaves_rooms_with_messages(lobby: Room) -> None:
    say(lobby)
    first_rooms.remove_empty_rooms(apps, None)
    assert list(Room.objects.values_list("slug", flat=True)) == ["lobby"]
    first_rooms.make_rooms(apps, None)
    assert Room.objects.count() == 2
