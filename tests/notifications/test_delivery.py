"""Delivery: after the commit, with the count as it is then, and never in the way of the cause."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from notifications import notify
from notifications.delivery import Event, deliver
from notifications.models import Notification
from realtime import registry
from realtime.testing import serving
from realtime.topics import BoundTopic
from tests.notifications.conftest import KIND

if TYPE_CHECKING:
    from tests.notifications.conftest import Published


def test_each_is_told_their_own_count(mira: User, jonas: User, published: list[Published]) -> None:
    notify(mira, kind=KIND, verb="waved")
    notify([mira, jonas], kind=KIND, verb="waved")

    assert [(each.topic, each.data["unread"]) for each in published] == [
        (f"notifications#{mira.pk}", 1),
        (f"notifications#{mira.pk}", 2),
        (f"notifications#{jonas.pk}", 1),
    ]


def test_somebody_who_is_gone_is_told_nothing(mira: User, published: list[Published]) -> None:
    deliver({mira.pk + 1: Event({"event": "read"})})

    assert not published


@pytest.mark.django_db(transaction=True)
def test_notification_of_a_process_without_sockets_is_stored(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    registry.reset()
    mira = User.objects.create_user("mira")

    notify(mira, kind=KIND, verb="waved")

    assert Notification.objects.get().recipient == mira
    assert "Stored, but not delivered live" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_failing_delivery_does_not_undo_the_cause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mira = User.objects.create_user("mira")

    def fail(self: BoundTopic, data: Any, *, id: str = "", using: str = "default") -> None:
        raise RuntimeError("no such luck")

    with serving():
        monkeypatch.setattr(BoundTopic, "publish", fail)
        with transaction.atomic():
            notify(mira, kind=KIND, verb="waved")

    assert Notification.objects.exists()
    assert "no such luck" in caplog.text
