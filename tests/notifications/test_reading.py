"""Marking as read: one's own alone, told to all of one's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.models import Notification, Reader
from notifications.reading import read, read_all, see
from notifications.unread import unread_of
from realtime import ActionError
from tests.notifications.conftest import announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tests.notifications.conftest import Published


def test_read_marks_one_and_tells_the_new_count(mira: User, published: list[Published]) -> None:
    first, second = store(mira, 2)

    read(mira, id=first.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.read_at is not None
    assert second.read_at is None
    [publication] = published
    assert publication.topic == f"notifications#{mira.pk}"
    assert publication.data == {
        "event": "read",
        "ids": [first.pk],
        "up_to": 0,
        "unread": 1,
        "announced": 0,
        "seen": 0,
    }


def test_read_again_changes_and_tells_nothing(mira: User, published: list[Published]) -> None:
    [notification] = store(mira)
    read(mira, id=notification.pk)
    notification.refresh_from_db()
    read_at = notification.read_at

    read(mira, id=notification.pk)

    notification.refresh_from_db()
    assert notification.read_at == read_at
    assert len(published) == 1


@pytest.mark.parametrize("offset", [0, 1, 10**30, -(10**30)])
def test_read_of_what_is_not_ones_own_is_as_if_it_were_not_there(
    mira: User, jonas: User, published: list[Published], offset: int
) -> None:
    [notification] = store(jonas)

    with pytest.raises(ActionError, match="no such notification") as refusal:
        read(mira, id=notification.pk + offset)

    assert refusal.value.code == 404
    notification.refresh_from_db()
    assert notification.read_at is None
    assert not published


def test_read_all_marks_ones_own_and_the_announcements(
    mira: User, jonas: User, published: list[Published]
) -> None:
    mine = store(mira, 3)
    store(jonas, 2)
    [announcement] = announce()

    read_all(mira)

    assert unread_of([mira.pk])[mira.pk].count == 0
    assert unread_of([jonas.pk])[jonas.pk].count == 3
    [publication] = published
    assert publication.data == {
        "event": "read",
        "ids": [],
        "up_to": mine[-1].pk,
        "seen": announcement.pk,
        "unread": 0,
        "announced": announcement.pk,
    }


def test_read_all_of_nothing_does_no_harm(mira: User, published: list[Published]) -> None:
    read_all(mira)
    read_all(mira)

    assert not Notification.objects.exists()
    assert [each.data["unread"] for each in published] == [0, 0]


def test_see_moves_forward_and_never_back(mira: User, published: list[Published]) -> None:
    first, second, third = announce(number=3)

    see(mira, up_to=second.pk)
    see(mira, up_to=first.pk)

    assert Reader.objects.get().seen == second.pk
    assert [each.data["unread"] for each in published] == [1, 1]
    assert [each.data["seen"] for each in published] == [second.pk, second.pk]
    assert third.pk > second.pk


@pytest.mark.parametrize("beyond", [10**6, 10**30])
def test_see_of_what_is_still_to_come_ends_at_the_newest(
    mira: User, published: list[Published], beyond: int
) -> None:
    announce()
    see(mira, up_to=beyond)
    announce()

    assert unread_of([mira.pk])[mira.pk].count == 1


def test_see_of_nothing_moves_nothing(mira: User, published: list[Published]) -> None:
    see(mira, up_to=-5)

    assert Reader.objects.get().seen == 0
