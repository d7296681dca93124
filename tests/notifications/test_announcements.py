"""Announcements: one row and one publication for everybody."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from notifications import announcements
from realtime import registry
from tests.notifications.conftest import announce

if TYPE_CHECKING:
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

    assert "stored, but not shown live" in caplog.text
