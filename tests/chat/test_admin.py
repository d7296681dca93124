"""Rooms and messages in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat.messages import Author, post

if TYPE_CHECKING:
    from django.test import Client as Browser

    from chat.models import Room
    from tests.chat.conftest import Published


@pytest.mark.parametrize("path", ["room/", "room/add/", "message/", "message/?q=otter"])
def test_admin_pages_open(
    admin_client: Browser, lobby: Room, published: list[Published], path: str
) -> None:
    post(room_slug=lobby.slug, author=Author(None, "otter"), text="hi")
    assert len(published) == 1
    assert admin_client.get(f"/admin/chat/{path}").status_code == 200
