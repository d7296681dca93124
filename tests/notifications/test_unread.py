"""The count: one's own notifications, and announcements since one is here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from notifications.models import Announcement, Notification, Reader
from notifications.unread import Unread, unread_of
from tests.notifications.conftest import announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries


def test_count_is_of_each_ones_own(
    mira: User, jonas: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    store(mira, 3)
    store(mira, 2, read_at=timezone.now())
    store(jonas, 1)

    with django_assert_num_queries(1):
        found = unread_of([mira.pk, jonas.pk])

    assert found == {mira.pk: Unread(3, 0), jonas.pk: Unread(1, 0)}


def test_nothing_is_unread_at_first(mira: User) -> None:
    assert unread_of([mira.pk]) == {mira.pk: Unread()}
    assert unread_of([]) == {}
    assert unread_of([mira.pk + 1]) == {}


def test_announcements_count_from_where_somebody_has_read(mira: User, jonas: User) -> None:
    first, second, third = announce(number=3)
    Reader.objects.create(user=jonas, seen=second.pk)

    assert unread_of([mira.pk, jonas.pk]) == {
        mira.pk: Unread(3, third.pk),
        jonas.pk: Unread(1, third.pk, seen=second.pk),
    }
    assert first.pk < second.pk


def test_announcement_from_before_somebody_was_here_is_no_news(mira: User) -> None:
    [announcement] = announce()
    earlier = mira.date_joined - timedelta(days=1)
    Announcement.objects.update(created_at=earlier)

    assert unread_of([mira.pk]) == {mira.pk: Unread(0, announcement.pk)}


def test_count_leans_on_its_index(mira: User) -> None:
    query = Notification.objects.filter(recipient=mira, read_at=None).values("pk")
    assert connection.vendor == "sqlite"

    assert "notifications_unread" in query.explain()
