"""Posting: what a text becomes, what is refused, and that nothing happens twice."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages import MAX_LENGTH, Author, clean_text, post
from chat.models import Message
from realtime import ActionError
from realtime.testing import serving

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoCaptureOnCommitCallbacks

    from chat.models import Room
    from tests.chat.conftest import Published

GUEST = Author(None, "guest-abc123")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  hello \n", "hello"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\tb", "a\tb"),
        ("nul\x00 bell\x07 escape\x1b[31m delete\x7f", "nul bell escape[31m delete"),
        ("next line\x85 and csi\x9b", "next line and csi"),
        ("half a pair \ud83d", "half a pair"),
        ("<b>bold</b> & co", "<b>bold</b> & co"),
        ("family 👩‍👧", "family 👩‍👧"),
    ],
)
def test_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@pytest.mark.parametrize("text", ["", "  \n\t ", "\x00\x1b", "\u200b\u200d", "\u00a0\u2003"])
def test_text_without_anything_to_see_is_refused(text: str) -> None:
    with pytest.raises(ActionError, match=r"^Write something first\.$"):
        clean_text(text)


def test_text_of_the_longest_length_is_taken() -> None:
    assert len(clean_text(f" {'x' * MAX_LENGTH} ")) == MAX_LENGTH


def test_text_that_is_too_long_is_refused_with_the_limit_and_its_length() -> None:
    with pytest.raises(ActionError, match="at most 4000 characters, and this one has 10000"):
        clean_text("x" * 10_000)


@given(st.text(max_size=200) | st.text(st.characters(max_codepoint=0x9F), max_size=50))
def test_cleaned_text_is_safe_to_store_and_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except ActionError:
        return
    assert cleaned == cleaned.strip() != ""
    assert clean_text(cleaned) == cleaned
    assert not [c for c in cleaned if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    cleaned.encode()


def test_post_stores_then_publishes(lobby: Room, mira: User, published: list[Published]) -> None:
    message = post(room_slug="lobby", author=Author(mira, "mira"), text=" hi ", client_id="c-1")
    assert Message.objects.get() == message
    assert (message.room, message.author, message.text) == (lobby, mira, "hi")
    [publication] = published
    assert publication.topic == "chat.room.lobby"
    assert publication.id == f"chat:message:{message.pk}"
    created_at = publication.data.pop("created_at")
    assert abs(datetime.fromisoformat(created_at) - message.created_at).total_seconds() < 0.001
    assert publication.data == {
        "id": message.pk,
        "room": "lobby",
        "author": "mira",
        "text": "hi",
        "cid": "c-1",
    }


def test_post_again_returns_the_first_and_publishes_nothing(
    lobby: Room, published: list[Published]
) -> None:
    first = post(room_slug=lobby.slug, author=GUEST, text="hi", client_id="c-1")
    again = post(room_slug=lobby.slug, author=GUEST, text="hi", client_id="c-1")
    assert again == first
    assert Message.objects.count() == len(published) == 1


def test_post_of_another_author_with_the_same_client_id_is_new(
    lobby: Room, published: list[Published]
) -> None:
    post(room_slug=lobby.slug, author=GUEST, text="hi", client_id="c-1")
    post(room_slug=lobby.slug, author=Author(None, "guest-def456"), text="hi", client_id="c-1")
    assert Message.objects.count() == len(published) == 2


def test_post_without_client_id_is_always_new(lobby: Room, published: list[Published]) -> None:
    post(room_slug=lobby.slug, author=GUEST, text="hi")
    post(room_slug=lobby.slug, author=GUEST, text="hi")
    assert Message.objects.count() == len(published) == 2


@pytest.mark.parametrize("client_id", ["x" * 65, "with space", "nul\x00", "ü"])
def test_post_with_an_unusable_client_id_is_refused(
    lobby: Room, published: list[Published], client_id: str
) -> None:
    with pytest.raises(ActionError, match="own id"):
        post(room_slug=lobby.slug, author=GUEST, text="hi", client_id=client_id)
    assert Message.objects.count() == len(published) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["nowhere", "", "lobby\x00", "../lobby", "x" * 500])
def test_post_to_an_unknown_room_is_refused(published: list[Published], slug: str) -> None:
    with pytest.raises(ActionError, match="no such room") as refusal:
        post(room_slug=slug, author=GUEST, text="hi")
    assert refusal.value.code == 404
    assert not published


def test_post_reaches_the_topic_only_when_it_is_committed(
    lobby: Room, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with serving() as engine:
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            post(room_slug=lobby.slug, author=GUEST, text="hi")
            assert engine.instrumentation.published == 0
        assert len(callbacks) == 1
        assert engine.instrumentation.published == 1
