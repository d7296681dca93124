"""The admin: announcements are made there and shown at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.models import Announcement, Preference, Reader
from tests.notifications.conftest import KIND, announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client as Browser

    from tests.notifications.conftest import Published


@pytest.mark.parametrize(
    "path",
    [
        "announcement/",
        "announcement/add/",
        "announcement/?q=low",
        "notification/",
        "notification/?q=mira",
        "preference/",
        "preference/add/",
        "preference/?q=mira",
        "reader/",
        "reader/?q=mira",
    ],
)
def test_admin_pages_open(admin_client: Browser, mira: User, path: str) -> None:
    announce()
    store(mira)
    Preference.objects.create(user=mira, kind=KIND, enabled=True)
    Reader.objects.create(user=mira)

    assert admin_client.get(f"/admin/notifications/{path}").status_code == 200


def test_saved_announcement_is_published_with_its_author(
    admin_client: Browser, admin_user: User, published: list[Published]
) -> None:
    fields = {"text": "Low water at six", "url": "/rooms/lobby/"}
    response = admin_client.post("/admin/notifications/announcement/add/", fields)

    announcement = Announcement.objects.get()
    assert response.status_code == 302
    assert announcement.author == admin_user
    assert [each.data["text"] for each in published] == ["Low water at six"]


def test_changed_announcement_is_published_again_and_keeps_its_author(
    admin_client: Browser, published: list[Published]
) -> None:
    [announcement] = announce()
    url = f"/admin/notifications/announcement/{announcement.pk}/change/"

    admin_client.post(url, {"text": "Low water at seven", "url": ""})

    announcement.refresh_from_db()
    assert announcement.author is None
    assert [each.data["text"] for each in published] == ["Low water at seven"]


def test_announcement_that_leads_to_a_script_is_refused(
    admin_client: Browser, published: list[Published]
) -> None:
    fields = {"text": "Click", "url": "javascript:alert(1)"}
    response = admin_client.post("/admin/notifications/announcement/add/", fields)

    assert "Write a path of this site" in response.content.decode()
    assert not Announcement.objects.exists()
    assert not published


def test_notification_is_not_made_by_hand(admin_client: Browser) -> None:
    assert admin_client.get("/admin/notifications/notification/add/").status_code == 403
