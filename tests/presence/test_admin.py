"""The admin shows when people were last seen, and lets nobody change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from presence import seen
from presence.models import LastSeen

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client


def test_list_is_shown_and_nothing_can_be_added(admin_client: Client, admin_user: User) -> None:
    seen.write({str(admin_user.pk): timezone.now()})

    page = admin_client.get(reverse("admin:presence_lastseen_changelist"))

    assert page.status_code == 200
    assert admin_user.username in page.content.decode()
    assert admin_client.get(reverse("admin:presence_lastseen_add")).status_code == 403


def test_entry_can_be_read_and_not_changed(admin_client: Client, admin_user: User) -> None:
    seen.write({str(admin_user.pk): timezone.now()})
    url = reverse("admin:presence_lastseen_change", args=[LastSeen.objects.get().pk])

    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, {"user": admin_user.pk}).status_code == 403
