"""Rooms and messages in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat.messages import Author, post
from chat.models import Room, Standing

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client as Browser

    from tests.chat.conftest import Published


@pytest.mark.parametrize("path", ["room/", "room/add/", "message/", "message/?q=otter"])
def test_admin_pages_open(
    admin_client: Browser, lobby: Room, published: list[Published], path: str
) -> None:
    post(room=lobby, author=Author(None, "otter"), text="hi")
    assert len(published) == 1
    assert admin_client.get(f"/admin/chat/{path}").status_code == 200


def test_members_and_privacy_are_not_changed_behind_open_connections(
    admin_client: Browser, den: Room, member: User, lobby: Room
) -> None:
    Standing.objects.create(room=lobby, user=member, last_read=7)
    page = admin_client.get(f"/admin/chat/room/{den.pk}/change/").content.decode()
    assert 'name="is_private"' not in page
    assert "otto" in page
    assert 'name="standings-0-state"' not in page
    assert "otto" not in admin_client.get(f"/admin/chat/room/{lobby.pk}/change/").content.decode()
    assert 'name="is_private"' in admin_client.get("/admin/chat/room/add/").content.decode()


def test_room_is_deleted_with_all_that_belongs_to_it(admin_client: Browser, den: Room) -> None:
    admin_client.post(f"/admin/chat/room/{den.pk}/delete/", {"post": "yes"})
    assert not Room.objects.filter(slug="den").exists()
