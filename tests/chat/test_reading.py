"""How much is unread, and what it costs to know."""

from __future__ import annotations

from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from chat import actions, reading
from chat.models import Message, Room, Standing
from chat.rooms import list_rooms
from realtime import Client
from realtime.testing import serving

if TYPE_CHECKING:
    from django.test import Client as Browser
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.usefixtures("published")


def say(room: Room, number: int = 1, *, author: User | None = None) -> Message:
    """Say something so many times, and return the last of it."""
    name = "somebody" if author is None else author.get_username()
    first = Message.objects.count()
    Message.objects.bulk_create(
        Message(room=room, author=author, author_name=name, text="m", client_id=str(first + n))
        for n in range(number)
    )
    return Message.objects.order_by("-id")[0]


def unread(user: User) -> dict[str, int]:
    """Return what the list of rooms says is unread."""
    return {room.slug: room.unread for room in list_rooms(user).open}


def test_room_where_one_has_never_been_has_nothing_unread(lobby: Room, mira: User) -> None:
    say(lobby, 3)
    assert unread(mira) == {"lobby": 0, "random": 0}


def test_others_messages_count_until_they_are_read(
    browser: Browser, lobby: Room, mira: User, otto: User
) -> None:
    browser.get("/rooms/lobby/")
    say(lobby, 3, author=otto)
    say(lobby, 2, author=mira)
    last = say(lobby, 1)
    assert unread(mira) == {"lobby": 4, "random": 0}
    assert unread(otto) == {"lobby": 0, "random": 0}
    page = browser.get("/").content.decode()
    assert 'data-room="lobby" data-unread="4"' in page
    browser.get("/rooms/lobby/?before=2")
    assert unread(mira)["lobby"] == 4  # who looks at older ones has not seen the newest
    client = Client(id="c", socket="html", user=mira)
    actions.read(client, room="lobby", message=last.pk)
    actions.read(client, room="lobby", message=2)
    actions.read(client, room="lobby", message=-1)
    actions.read(client, room="lobby", message=2**63)
    assert unread(mira)["lobby"] == 0


def test_only_so_many_are_counted(browser: Browser, lobby: Room, mira: User) -> None:
    browser.get("/rooms/lobby/")
    say(lobby, 150)
    assert unread(mira)["lobby"] == reading.COUNTED
    assert "99+" in browser.get("/").content.decode()


def test_page_of_ten_thousand_messages_asks_five_times(
    browser: Browser,
    lobby: Room,
    mira: User,
    otto: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say(lobby, 10_000, author=otto)
    Standing.objects.bulk_create(
        Standing(room=lobby, user=User.objects.create(username=f"user{n}")) for n in range(50)
    )
    noted: list[Any] = []
    monkeypatch.setattr(reading, "note", lambda *read: noted.append(read))
    with django_assert_max_num_queries(5):
        assert browser.get("/rooms/lobby/").content.count(b'<li id="message-') == 50
    with django_assert_max_num_queries(4):
        browser.get("/")
    assert noted == [(mira, lobby, Message.objects.order_by("-id")[0].pk)]


def test_what_is_read_is_written_together_and_later(
    lobby: Room, mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: Queue[Any] = Queue()
    monkeypatch.setattr(reading, "WRITE_EVERY", 0.2)
    monkeypatch.setattr(reading, "_write_known", written.put)
    lobby.my_read = 5
    with serving():
        for message in (4, 5, 6, 9, 7):
            reading.note(mira, lobby, message)
        assert reading._waiting == {mira.pk: {lobby.pk: 9}}
        assert written.get(timeout=5) == {(mira.pk, lobby.pk): 9}
    assert not reading._waiting


def test_what_is_not_written_yet_counts_as_read(
    lobby: Room, mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_write_known", lambda read: None)
    Standing.objects.create(room=lobby, user=mira, last_read=0)
    last = say(lobby, 3)
    assert unread(mira)["lobby"] == 3
    lobby.my_read = 0
    with serving():
        reading.note(mira, lobby, last.pk)
        assert unread(mira)["lobby"] == 0
        say(lobby, 2)
        assert unread(mira) == {"lobby": 2, "random": 0}


def test_too_many_that_wait_are_not_noted(
    lobby: Room, mira: User, otto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Room.objects.get(slug="random")
    random.my_read = None
    monkeypatch.setattr(reading, "MAX_PEOPLE", 1)
    monkeypatch.setattr(reading, "_write_known", lambda read: None)
    lobby.my_read = None
    with serving():
        reading.note(mira, lobby, 1)
        reading.note(otto, lobby, 1)
        reading.note(mira, lobby, 2)
        assert reading._waiting == {mira.pk: {lobby.pk: 2}}
        monkeypatch.setattr(reading, "MAX_ROOMS", 1)
        reading.note(mira, random, 1)
        assert reading._waiting == {mira.pk: {lobby.pk: 2}}


def test_what_cannot_be_written_is_counted_and_hinders_nothing(
    lobby: Room, mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: Queue[Any] = Queue()

    def fail(read: Any) -> None:
        written.put(read)
        raise OperationalError("the database is locked")

    monkeypatch.setattr(reading, "WRITE_EVERY", 0.01)
    monkeypatch.setattr(reading, "_write_known", fail)
    lobby.my_read = None
    with serving() as engine:
        for message in (1, 2):
            reading.note(mira, lobby, message)
            assert written.get(timeout=5) == {(mira.pk, lobby.pk): message}
    assert engine.instrumentation.failures["last read"] >= 1


def test_who_or_what_is_gone_is_left_out(lobby: Room, mira: User) -> None:
    reading._write_known({(mira.pk, lobby.pk): 7, (mira.pk, 999): 8, (999, lobby.pk): 9})
    assert Standing.objects.get().last_read == 7
