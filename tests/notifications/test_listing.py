"""The lists in pages: nothing twice, nothing left out, nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from notifications.listing import PAGE_SIZE, announcements_for, latest
from notifications.models import Announcement, Reader
from tests.notifications.conftest import announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries


def test_pages_lead_through_all_of_ones_own(
    mira: User, jonas: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mine = store(mira, 2 * PAGE_SIZE, actor=jonas)
    store(jonas, 3)

    with django_assert_num_queries(1):
        first = latest(mira)
    second = latest(mira, before=first.before)

    shown = [item["id"] for page in (first, second) for item in page.items]
    assert shown == [each.pk for each in reversed(mine)]
    assert first.before == mine[PAGE_SIZE].pk
    assert second.before is None
    assert {item["actor"] for item in first.items} == {"jonas"}


def test_empty_list_leads_nowhere(mira: User) -> None:
    assert latest(mira).items == []
    assert latest(mira).before is None


@pytest.mark.parametrize(("before", "number"), [(10**30, 1), (10**18, 1), (0, 0), (-(10**30), 0)])
def test_number_that_no_database_has_is_only_a_number(mira: User, before: int, number: int) -> None:
    store(mira)

    assert len(latest(mira, before=before).items) == number


def test_announcements_say_which_of_them_are_news(
    mira: User, jonas: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    old, first, second, third = announce(number=4)
    Announcement.objects.filter(pk=old.pk).update(created_at=mira.date_joined - timedelta(days=1))
    Reader.objects.create(user=mira, seen=second.pk)
    Reader.objects.create(user=jonas, seen=third.pk)

    with django_assert_num_queries(1):
        found = announcements_for(mira)

    assert [(each["id"], each["read"]) for each in found] == [
        (third.pk, False),
        (second.pk, True),
        (first.pk, True),
        (old.pk, True),
    ]


def test_only_the_latest_announcements_are_shown(mira: User) -> None:
    latest_five = announce(number=7)[2:]

    assert [each["id"] for each in announcements_for(mira)] == [
        each.pk for each in reversed(latest_five)
    ]
