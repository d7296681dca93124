"""The bound: who has too many loses old ones, read ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from notifications import pruning
from notifications.models import Notification
from notifications.pruning import prune
from tests.notifications.conftest import store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "KEPT", 10)
    monkeypatch.setattr(pruning, "LEFT", 8)


def kept(user: User) -> list[int]:
    return list(
        Notification.objects.filter(recipient=user).order_by("pk").values_list("pk", flat=True)
    )


def test_as_many_as_are_allowed_stay(
    mira: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    store(mira, 10, read_at=timezone.now())

    with django_assert_num_queries(1):
        prune([mira.pk])

    assert len(kept(mira)) == 10


def test_oldest_that_were_read_go_first(mira: User) -> None:
    unread = store(mira, 4)
    was_read = store(mira, 7, read_at=timezone.now())

    prune([mira.pk])

    assert kept(mira) == [each.pk for each in (*unread, *was_read[3:])]


def test_oldest_go_where_nothing_was_read(mira: User) -> None:
    unread = store(mira, 12)

    prune([mira.pk])

    assert kept(mira) == [each.pk for each in unread[4:]]


def test_others_lose_nothing(mira: User, jonas: User) -> None:
    store(mira, 12)
    store(jonas, 12)

    prune([mira.pk])

    assert len(kept(jonas)) == 12
    prune([mira.pk, jonas.pk])
    assert len(kept(jonas)) == 8
