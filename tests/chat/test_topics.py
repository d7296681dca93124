"""Who may follow a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser

from chat import topics
from realtime import Client

if TYPE_CHECKING:
    from chat.models import Room

VISITOR = Client(id="abcdef-123", socket="data", user=AnonymousUser())


def test_room_that_exists_may_be_followed(lobby: Room) -> None:
    assert topics.may_follow(VISITOR, slug=lobby.slug)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["nowhere", "Lobby:", "~"])
def test_room_that_does_not_exist_may_not_be_followed(slug: str) -> None:
    assert not topics.may_follow(VISITOR, slug=slug)


def test_room_is_published_to_by_the_action_alone() -> None:
    assert topics.room.options.can_publish == "nobody"
    assert topics.room.options.can_subscribe is topics.may_follow
