"""What programs and forms may ask of the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser

from chat import rates
from chat.actions import history, send
from chat.messages import Author, data_of, post
from chat.models import Message, Room
from realtime import ActionError, Client, actions

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tests.chat.conftest import Published

VISITOR = Client(id="abcdef-123", socket="data", user=AnonymousUser())


def test_send_as_somebody_with_an_account(
    lobby: Room, mira: User, published: list[Published]
) -> None:
    client = Client(id="abcdef-123", socket="html", user=mira)
    result = send(client, room=lobby.slug, text="hi", cid="c-1")
    message = Message.objects.get()
    assert (message.author, message.author_name) == (mira, "mira")
    assert {"event": "created", **result} == published[0].data
    assert result["id"] == message.pk


def test_send_as_a_guest_of_the_socket(lobby: Room, published: list[Published]) -> None:
    result = send(VISITOR, room=lobby.slug, text="hi")
    assert Message.objects.get().author is None
    assert result["author"] == "guest-abcdef"
    assert len(published) == 1


def test_send_of_nothing_is_refused(lobby: Room, published: list[Published]) -> None:
    with pytest.raises(ActionError, match="Write something first"):
        send(VISITOR, room=lobby.slug, text=" ")
    assert not published


@pytest.mark.usefixtures("published")
def test_history_goes_back_in_pages(lobby: Room) -> None:
    author = Author(None, "otter")
    sent = [data_of(post(room=lobby, author=author, text=str(n))) for n in range(60)]
    assert history(VISITOR, room=lobby.slug) == {"messages": sent[10:], "more": True}
    before = sent[10]["id"]
    assert isinstance(before, int)
    assert history(VISITOR, room=lobby.slug, before=before) == {
        "messages": sent[:10],
        "more": False,
    }


@pytest.mark.django_db
def test_history_of_an_unknown_room_is_refused() -> None:
    with pytest.raises(ActionError, match="no such room") as refusal:
        history(VISITOR, room="nowhere")
    assert refusal.value.code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["nowhere", "", "lobby\x00", "../lobby", "x" * 500])
def test_send_to_an_unknown_room_is_refused(published: list[Published], slug: str) -> None:
    with pytest.raises(ActionError, match="no such room") as refusal:
        send(VISITOR, room=slug, text="hi")
    assert refusal.value.code == 404
    assert not published


@pytest.mark.usefixtures("published")
def test_send_of_too_much_at_once_is_refused_kindly(
    lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1003.0)
    for number in range(rates.MESSAGES):
        send(VISITOR, room=lobby.slug, text=str(number))
    with pytest.raises(ActionError, match=r"a lot at once. Wait 8 seconds") as refusal:
        send(VISITOR, room=lobby.slug, text="one more")
    assert refusal.value.code == 429
    assert Message.objects.count() == rates.MESSAGES
    send(VISITOR, room="random", text="elsewhere")
    monkeypatch.setattr("time.time", lambda: 1010.0)
    send(VISITOR, room=lobby.slug, text="later")


@pytest.mark.usefixtures("published")
def test_cache_that_forgets_refuses_nobody(lobby: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.rates.cache.add", lambda *args: False)
    for number in range(rates.MESSAGES + 5):
        send(VISITOR, room=lobby.slug, text=str(number))
    assert Message.objects.count() == rates.MESSAGES + 5


def test_actions_are_registered_for_everybody_who_is_let_in() -> None:
    assert actions.find("chat.send").allow == "anyone"
    assert actions.find("chat.history").allow == "anyone"
