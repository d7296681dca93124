"""Posting: what a text becomes, what is refused, and that nothing happens twice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from chat.messages import Author, post
from chat.models import Message
from realtime import ActionError
from realtime.testing import serving

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoCaptureOnCommitCallbacks

    from chat.models import Room
    from tests.chat.conftest import Published

GUEST = Author(None, "guest-abc123")


def test_post_stores_then_publishes(lobby: Room, mira: User, published: list[Published]) -> None:
    message = post(room=lobby, author=Author(mira, "mira"), text=" hi ", client_id="c-1")
    assert Message.objects.get() == message
    assert (message.room, message.author, message.text) == (lobby, mira, "hi")
    [publication] = published
    assert publication.topic == "chat.room.lobby"
    created_at = publication.data.pop("created_at")
    assert abs(datetime.fromisoformat(created_at) - message.created_at).total_seconds() < 0.001
    assert publication.data == {
        "id": message.pk,
        "room": "lobby",
        "author": "mira",
        "text": "hi",
        "html": "<p>hi</p>",
        "cid": "c-1",
        "version": 0,
        "edited": False,
        "deleted": False,
        "event": "created",
    }


def test_post_again_returns_the_first_and_publishes_nothing(
    lobby: Room, published: list[Published]
) -> None:
    first = post(room=lobby, author=GUEST, text="hi", client_id="c-1")
    again = post(room=lobby, author=GUEST, text="hi", client_id="c-1")
    assert again == first
    assert Message.objects.count() == len(published) == 1


def test_post_of_another_author_with_the_same_client_id_is_new(
    lobby: Room, published: list[Published]
) -> None:
    post(room=lobby, author=GUEST, text="hi", client_id="c-1")
    post(room=lobby, author=Author(None, "guest-def456"), text="hi", client_id="c-1")
    assert Message.objects.count() == len(published) == 2


def test_post_without_client_id_is_always_new(lobby: Room, published: list[Published]) -> None:
    post(room=lobby, author=GUEST, text="hi")
    post(room=lobby, author=GUEST, text="hi")
    assert Message.objects.count() == len(published) == 2


@pytest.mark.parametrize("client_id", ["x" * 65, "with space", "nul\x00", "ü"])
def test_post_with_an_unusable_client_id_is_refused(
    lobby: Room, published: list[Published], client_id: str
) -> None:
    with pytest.raises(ActionError, match="own id"):
        post(room=lobby, author=GUEST, text="hi", client_id=client_id)
    assert Message.objects.count() == len(published) == 0


def test_post_reaches_the_topic_only_when_it_is_committed(
    lobby: Room, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with serving() as engine:
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            post(room=lobby, author=GUEST, text="hi")
            assert engine.instrumentation.published == 0
        assert len(callbacks) == 1
        # The message, and perhaps already what the lists of rooms are told.
        assert engine.instrumentation.published in {1, 2}
