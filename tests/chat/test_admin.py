"""Rooms and messages in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat.access import may_read
from chat.messages import Author, post
from chat.models import Message, Room, Standing

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client as Browser

    from tests.chat.conftest import Published


@pytest.mark.parametrize(
    "path", ["room/", "room/add/", "message/", "message/?q=otter", "message/{message}/change/"]
)
def test_admin_pages_open(
    admin_client: Browser, lobby: Room, published: list[Published], path: str
) -> None:
    message = post(room=lobby, author=Author(None, "otter"), text="hi")
    assert len(published) == 1
    path = path.format(message=message.pk)
    assert admin_client.get(f"/admin/chat/{path}").status_code == 200


def test_messages_are_neither_written_nor_changed(
    admin_client: Browser, lobby: Room, published: list[Published]
) -> None:
    message = post(room=lobby, author=Author(None, "otter"), text="hi")
    for path in ("add/", f"{message.pk}/change/"):
        assert admin_client.post(f"/admin/chat/message/{path}").status_code == 403
    assert len(published) == 1
    ticked = {"action": "delete_selected", "_selected_action": message.pk, "post": "yes"}
    admin_client.post("/admin/chat/message/", ticked)
    assert [each.data["event"] for each in published] == ["created", "deleted"]


def test_owner_of_a_new_room_is_let_in_and_the_address_stays(
    admin_client: Browser, mira: User, otto: User
) -> None:
    form = {
        "name": "Cave",
        "slug": "cave",
        "is_private": "on",
        "owner": otto.pk,
        "standings-TOTAL_FORMS": 0,
        "standings-INITIAL_FORMS": 0,
    }
    admin_client.post("/admin/chat/room/add/", form)
    cave = Room.objects.get(slug="cave")
    assert may_read(otto, cave)
    address = f"/admin/chat/room/{cave.pk}/change/"
    assert 'name="slug"' not in admin_client.get(address).content.decode()
    admin_client.post(address, {**form, "name": "Grotto", "slug": "grotto", "owner": mira.pk})
    cave.refresh_from_db()
    assert (cave.name, cave.slug, cave.owner) == ("Grotto", "cave", mira)
    assert not may_read(mira, cave)


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


def test_room_is_deleted_with_all_that_belongs_to_it(
    admin_client: Browser, den: Room, mira: User
) -> None:
    Message.objects.create(room=den, author=mira, author_name="mira", text="hi", client_id="1")
    admin_client.post(f"/admin/chat/room/{den.pk}/delete/", {"post": "yes"})
    assert not Room.objects.filter(slug="den").exists()
    assert not Standing.objects.exists()
    assert not Message.objects.exists()
