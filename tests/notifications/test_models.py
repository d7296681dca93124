"""What the tables keep, and what is left when people go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from notifications.models import Notification, Preference, Reader
from tests.notifications.conftest import KIND, announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def test_notification_outlives_its_actor_but_not_its_recipient(mira: User, jonas: User) -> None:
    store(mira, actor=jonas, target="Lobby")

    jonas.delete()
    assert Notification.objects.get().actor is None

    mira.delete()
    assert not Notification.objects.exists()


def test_announcement_outlives_its_author(mira: User) -> None:
    [announcement] = announce()
    announcement.author = mira
    announcement.save()

    mira.delete()

    announcement.refresh_from_db()
    assert announcement.author is None


def test_preference_is_said_once_for_each_kind(mira: User) -> None:
    Preference.objects.create(user=mira, kind=KIND, enabled=False)

    with pytest.raises(IntegrityError), transaction.atomic():
        Preference.objects.create(user=mira, kind=KIND, enabled=True)


def test_rows_can_be_told_apart(mira: User) -> None:
    [notification] = store(mira, target="Lobby")
    [announcement] = announce("x" * 100)

    assert str(notification) == f"{KIND} for {mira.pk}: waved at you Lobby"
    assert str(announcement) == "x" * 60
    assert str(Preference(user=mira, kind=KIND, enabled=True)) == f"{KIND} on for {mira.pk}"
    assert str(Preference(user=mira, kind=KIND, enabled=False)) == f"{KIND} off for {mira.pk}"
    assert str(Reader(user=mira, seen=3)) == f"{mira.pk} up to 3"
