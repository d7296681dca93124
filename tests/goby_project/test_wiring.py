"""What one app causes in another: a mention in the chat becomes a notification."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from chat.models import Message, Room
from chat.signals import mentioned, put_out
from goby_project.wiring import MENTION
from notifications import kinds
from notifications.models import Notification
from realtime import BoundTopic
from realtime.testing import serving

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks


@pytest.fixture
def message(db: None) -> Message:
    """Return something that Jonas said in the lobby."""
    return Message.objects.create(
        room=Room.objects.get(slug="lobby"),
        author=User.objects.create_user("jonas"),
        author_name="jonas",
        text="@mira look!",
        client_id="c-1",
    )


def test_mention_is_a_kind_that_people_can_turn_off() -> None:
    assert kinds.find("chat.mention") is MENTION


def test_mention_notifies_those_who_are_mentioned_and_leads_to_the_message(
    message: Message,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    mira, author = User.objects.create_user("mira"), message.author

    with serving() as engine:
        with django_capture_on_commit_callbacks(execute=True):
            mentioned.send(Message, message=message, users=[mira, author])
        assert engine.instrumentation.published == 1

    made = Notification.objects.get()
    assert (made.recipient, made.actor, made.kind) == (mira, author, "chat.mention")
    assert (made.verb, made.target) == ("mentioned you in", "Lobby")
    assert made.url == f"/rooms/lobby/#message-{message.pk}"


def test_mention_that_is_rolled_back_notifies_nobody(message: Message) -> None:
    mira = User.objects.create_user("mira")

    with transaction.atomic():
        mentioned.send(Message, message=message, users=[mira])
        transaction.set_rollback(True)

    assert not Notification.objects.exists()


def test_who_is_put_out_of_a_room_is_told_no_more_who_is_there(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, object]] = []

    def unsubscribe(self: BoundTopic, user: object, *, using: str) -> None:
        calls.append((self.name, user))

    monkeypatch.setattr(BoundTopic, "unsubscribe", unsubscribe)

    put_out.send(Room, room=message.room, user=message.author)

    user = message.author_id
    assert calls == [("presence.in.chat:room:lobby", user), ("typing.in.chat:room:lobby", user)]
