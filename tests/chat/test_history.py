"""Reading messages in pages, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat.history import PAGE_SIZE, latest, newer
from chat.models import Message, Room

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries


@pytest.fixture
def ids(lobby: Room) -> list[int]:
    """Return the ids of 120 messages of the lobby, with one of another room in between."""
    other = Room.objects.get(slug="random")
    Message.objects.create(room=other, author_name="mira", text="elsewhere", client_id="x")
    return [
        Message.objects.create(room=lobby, author_name="mira", text="m", client_id=str(n)).pk
        for n in range(120)
    ]


def test_latest_are_the_last_with_the_oldest_first(
    lobby: Room, ids: list[int], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        page = latest(lobby)
        assert {message.room.slug for message in page.messages} == {"lobby"}
    assert [message.pk for message in page.messages] == ids[-PAGE_SIZE:]
    assert page.more


def test_latest_before_goes_back_to_the_beginning(lobby: Room, ids: list[int]) -> None:
    page = latest(lobby, before=ids[70])
    assert [message.pk for message in page.messages] == ids[20:70]
    first = latest(lobby, before=ids[20])
    assert [message.pk for message in first.messages] == ids[:20]
    assert not first.more


def test_latest_of_exactly_one_page_says_that_there_is_no_more(lobby: Room, ids: list[int]) -> None:
    assert not latest(lobby, before=ids[PAGE_SIZE]).more


def test_newer_are_those_after_the_last_seen(lobby: Room, ids: list[int]) -> None:
    page = newer(lobby, after=ids[-4])
    assert [message.pk for message in page.messages] == ids[-3:]
    assert not page.more
    assert newer(lobby, after=ids[0]).more


@pytest.mark.parametrize("number", [-(10**30), -1, 0, 10**30])
@pytest.mark.usefixtures("ids")
def test_pages_at_impossible_numbers_are_no_error(lobby: Room, number: int) -> None:
    assert len(latest(lobby, before=number).messages) in {0, PAGE_SIZE}
    assert len(newer(lobby, after=number).messages) in {0, PAGE_SIZE}
