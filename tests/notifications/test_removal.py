"""What is removed goes from the open pages, too, whoever removes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from notifications.counts import kept_count
from notifications.models import Notification
from realtime.topics import BoundTopic
from tests.notifications.conftest import store

if TYPE_CHECKING:
    from typing import Any

    from tests.notifications.conftest import Published


def test_one_that_is_deleted_is_told(mira: User, published: list[Published]) -> None:
    first, second = store(mira, 2)
    assert 'data-unread="2"' in kept_count(mira.pk)

    assert first.delete() == (1, {"notifications.Notification": 1})

    [publication] = published
    assert publication.topic == f"notifications#{mira.pk}"
    assert publication.data == {
        "event": "deleted",
        "ids": [first.pk],
        "unread": 1,
        "announced": 0,
        "seen": 0,
    }
    assert 'data-unread="1"' in kept_count(mira.pk)
    assert Notification.objects.get() == second


def test_nothing_that_is_deleted_tells_nobody(mira: User, published: list[Published]) -> None:
    Notification.objects.filter(recipient=mira).delete()

    assert not published


def test_all_of_them_are_not_deleted_by_accident() -> None:
    assert not hasattr(Notification.objects, "delete")


def test_who_is_deleted_with_theirs_is_told_nothing(mira: User, published: list[Published]) -> None:
    store(mira, 2)

    mira.delete()

    assert not Notification.objects.exists()
    assert not published


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_it_is_told_after_the_commit_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    told: list[Any] = []

    def publish(_: BoundTopic, data: Any, **options: object) -> None:
        told.append(data["unread"])

    monkeypatch.setattr(BoundTopic, "publish", publish)
    mira = User.objects.create_user("mira")
    first, second = store(mira, 2)

    def delete_both() -> None:
        with transaction.atomic():
            first.delete()
            second.delete()
            assert told == []
            if fails:
                raise RuntimeError

    if fails:
        with pytest.raises(RuntimeError):
            delete_both()
    else:
        delete_both()

    assert told == ([] if fails else [0, 0])
    assert Notification.objects.count() == (2 if fails else 0)
