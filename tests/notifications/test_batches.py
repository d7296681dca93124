"""Batches: all items, in their order, never too many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications import batches
from notifications.batches import in_batches
from notifications.delivery import Event, deliver
from tests.notifications.conftest import store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries

    from tests.notifications.conftest import Published


@pytest.mark.parametrize(
    ("number", "lengths"), [(0, []), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2])]
)
def test_items_come_in_their_order(
    monkeypatch: pytest.MonkeyPatch, number: int, lengths: list[int]
) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)

    found = list(in_batches(range(number)))

    assert [len(each) for each in found] == lengths
    assert [item for each in found for item in each] == list(range(number))


def test_counts_of_very_many_are_asked_for_in_batches(
    mira: User,
    jonas: User,
    published: list[Published],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    store(jonas)
    monkeypatch.setattr(batches, "BATCH", 1)

    with django_assert_num_queries(2):
        deliver({mira.pk: Event({}), jonas.pk: Event({})})

    assert [each.data["unread"] for each in published] == [0, 1]
