"""Who types: for some seconds, and not more of them than are told."""

from __future__ import annotations

from collections import Counter

import pytest

from presence.typists import Typists
from tests.realtime.clock import Clock

ROOM = "test.room"


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def typists(clock: Clock) -> Typists:
    return Typists(clock=clock, ttl=4, limit=2, dropped=Counter())


def mark(typists: Typists, user: str, room: str = ROOM) -> list[str]:
    return typists.mark(room, user=user, name=user.title())


def test_first_sign_is_a_change_and_the_next_is_none(typists: Typists) -> None:
    assert mark(typists, "ann") == [ROOM]
    assert mark(typists, "ann") == []
    assert typists.names(ROOM) == ["Ann"]


def test_who_gives_no_sign_is_forgotten(typists: Typists, clock: Clock) -> None:
    mark(typists, "ann")
    clock.now = 1
    mark(typists, "bob")
    assert typists.next_end == 4

    clock.now = 4

    assert typists.expire() == [ROOM]
    assert typists.names(ROOM) == ["Bob"]
    assert typists.expire() == []
    clock.now = 5
    assert typists.expire() == [ROOM]
    assert typists.names(ROOM) == []
    assert typists.next_end is None


def test_each_sign_lasts_as_long_as_the_first(typists: Typists, clock: Clock) -> None:
    mark(typists, "ann")
    clock.now = 3
    mark(typists, "ann")
    clock.now = 4

    assert typists.expire() == []
    assert typists.next_end == 7


def test_two_who_end_at_once_are_one_change(typists: Typists, clock: Clock) -> None:
    mark(typists, "ann")
    mark(typists, "bob")
    mark(typists, "ann", "other")
    clock.now = 4

    assert typists.expire() == [ROOM, "other"]


def test_who_stops_is_forgotten_at_once(typists: Typists) -> None:
    mark(typists, "ann")
    mark(typists, "bob")

    assert typists.unmark(ROOM, user="ann") == [ROOM]
    assert typists.unmark(ROOM, user="ann") == []
    assert typists.names(ROOM) == ["Bob"]


def test_crowd_is_not_told_beyond_a_few(typists: Typists) -> None:
    mark(typists, "ann")
    mark(typists, "bob")

    assert mark(typists, "cid") == []
    assert typists.names(ROOM) == ["Ann", "Bob"]
    assert typists.dropped == {"typing": 1}
    typists.unmark(ROOM, user="ann")
    assert mark(typists, "cid") == [ROOM]
