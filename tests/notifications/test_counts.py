"""The count that pages share: asked for once, and right again as soon as something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications import announcements, notify
from notifications.counts import kept_count
from notifications.reading import read, read_all
from tests.notifications.conftest import KIND, announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries

    from tests.notifications.conftest import Published


def count(user: User) -> str:
    """Return the number that the bell shows."""
    return kept_count(user.pk).split(">")[1].split("<")[0]


def test_count_is_asked_for_once(
    mira: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    store(mira, 2)

    with django_assert_num_queries(1):
        first = kept_count(mira.pk)
    with django_assert_num_queries(0):
        second = kept_count(mira.pk)

    assert first == second
    assert '<b data-unread="2" data-announced="0" data-seen="0">2<' in first


def test_count_is_ones_own(mira: User, jonas: User) -> None:
    store(mira)

    assert (count(mira), count(jonas)) == ("1", "0")


def test_what_changes_it_is_seen_on_the_next_page(mira: User, published: list[Published]) -> None:
    seen = [count(mira)]

    [made] = notify(mira, kind=KIND, verb="waved")
    seen.append(count(mira))
    notify(mira, kind=KIND, verb="waved")
    seen.append(count(mira))
    read(mira, id=made.pk)
    seen.append(count(mira))
    announcements.publish(announce()[0])
    seen.append(count(mira))
    read_all(mira)
    seen.append(count(mira))

    assert seen == ["0", "1", "2", "1", "2", "0"]
    assert len(published) == 5


def test_count_of_somebody_who_is_gone_is_nothing(mira: User) -> None:
    assert 'data-unread="0"' in kept_count(mira.pk + 1)
