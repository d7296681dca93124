"""The admin: announcements are made there and shown at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.models import Announcement, Notification, Preference, Reader
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


def test_notification_is_not_changed_by_hand(admin_client: Browser, mira: User) -> None:
    [notification] = store(mira)
    url = f"/admin/notifications/notification/{notification.pk}/change/"

    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, {"read_at_0": "2026-01-01"}).status_code == 403


def test_deleted_notification_shows_in_the_bell(
    admin_client: Browser, mira: User, published: list[Published]
) -> None:
    first, second = store(mira, 2)

    admin_client.post(f"/admin/notifications/notification/{first.pk}/delete/", {"post": "yes"})

    assert [each.pk for each in Notification.objects.all()] == [second.pk]
    assert [(each.data["event"], each.data["unread"]) for each in published] == [("deleted", 1)]


def test_each_whose_notifications_are_deleted_is_told_once(
    admin_client: Browser, mira: User, jonas: User, published: list[Published]
) -> None:
    rows = [*store(mira, 3), *store(jonas, 2)]
    fields = {
        "action": "delete_selected",
        "post": "yes",
        "_selected_action": [r.pk for r in rows[1:]],
    }

    admin_client.post("/admin/notifications/notification/", fields)

    assert [each.pk for each in Notification.objects.all()] == [rows[0].pk]
    assert [(each.topic, each.data["ids"], each.data["unread"]) for each in published] == [
        (f"notifications#{mira.pk}", [rows[1].pk, rows[2].pk], 1),
        (f"notifications#{jonas.pk}", [rows[3].pk, rows[4].pk], 0),
    ]


@pytest.mark.parametrize("many", [False, True])
def test_deleted_announcement_is_withdrawn(
    admin_client: Browser, published: list[Published], *, many: bool
) -> None:
    first, second = announce(number=2)
    if many:
        fields = {"action": "delete_selected", "post": "yes", "_selected_action": [first.pk]}
        admin_client.post("/admin/notifications/announcement/", fields)
    else:
        admin_client.post(f"/admin/notifications/announcement/{first.pk}/delete/", {"post": "yes"})

    assert [each.pk for each in Announcement.objects.all()] == [second.pk]
    assert [each.data for each in published] == [{"event": "withdrawn", "ids": [first.pk]}]
