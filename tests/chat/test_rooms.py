"""Finding a room by what a client wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat.rooms import find_room

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from chat.models import Room


def test_find_room_that_exists(lobby: Room) -> None:
    assert find_room("lobby") == lobby


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["", "lobby\x00", "lobby\n", "a b", "ü", "x" * 51])
def test_find_room_by_what_is_no_slug_asks_no_database(
    slug: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert find_room(slug) is None


@pytest.mark.django_db
def test_find_room_that_does_not_exist() -> None:
    assert find_room("nowhere") is None
