"""Announcements: one row and one publication for everybody."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from notifications import announcements
from notifications.counts import kept_count
from notifications.models import Announcement
from realtime import registry
from tests.notifications.conftest import announce

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tests.notifications.conftest import Published


@pytest.mark.django_db
def test_announcement_is_published_once_for_everybody(published: list[Published]) -> None:
    [announcement] = announce("Low water at six")

    announcements.publish(announcement)

    [publication] = published
    assert publication.topic == "notifications"
    assert publication.data == {
        "event": "announcement",
        "id": announcement.pk,
        "text": "Low water at six",
        "url": "",
        "created_at": announcement.created_at.isoformat(timespec="milliseconds"),
        "read": False,
    }


@pytest.mark.django_db
def test_announcement_of_a_process_without_sockets_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    registry.reset()

    announcements.publish(announce()[0])

    assert "Stored, but not shown live" in caplog.text


@pytest.mark.django_db
def test_withdrawn_announcement_is_gone_and_counts_no_more(
    mira: User, published: list[Published]
) -> None:
    first, second = announce(number=2)
    assert 'data-unread="2"' in kept_count(mira.pk)

    announcements.withdraw(Announcement.objects.filter(pk=first.pk))

    assert list(Announcement.objects.all()) == [second]
    assert [(each.topic, each.data) for each in published] == [
        ("notifications", {"event": "withdrawn", "ids": [first.pk]})
    ]
    assert 'data-unread="1"' in kept_count(mira.pk)
