"""Deleting what others said, muting and banning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User

from chat import actions
from chat.access import may_read, may_write
from chat.messages import Author, post
from chat.models import Message, Room, Standing
from realtime import ActionError, Client

if TYPE_CHECKING:
    from django.test import Client as Browser

    from tests.chat.conftest import Published, ShutOut

pytestmark = pytest.mark.usefixtures("published", "shut_out")


def as_(user: User) -> Client:
    """Return a page of a user."""
    return Client(id="abcdef-123", socket="html", user=user)


@pytest.fixture
def sam(db: None) -> User:
    """Return one of the staff."""
    return User.objects.create_user("sam", is_staff=True)


def test_staff_deletes_what_anybody_said(lobby: Room, otto: User, sam: User) -> None:
    message = post(room=lobby, author=Author(otto, "otto"), text="spam")
    actions.delete(as_(sam), room="lobby", message=message.pk)
    assert Message.objects.get().text == ""


def test_mute_holds_for_a_while_and_can_be_lifted(
    lobby: Room, otto: User, sam: User, published: list[Published]
) -> None:
    actions.mute(as_(sam), room="lobby", name="otto", minutes=10)
    assert may_read(otto, lobby)
    assert not may_write(otto, lobby)
    with pytest.raises(ActionError, match="You are muted"):
        actions.send(as_(otto), room="lobby", text="but")
    actions.mute(as_(sam), room="lobby", name="otto", minutes=0)
    actions.send(as_(otto), room="lobby", text="thanks")
    texts = [each.data["text"] for each in published]
    assert texts[0].startswith("You are muted in Lobby until")
    assert texts[1:] == ["You can write in Lobby again.", "thanks"]


@pytest.mark.parametrize("minutes", [-1, 10**6])
def test_mute_for_no_time_is_refused(lobby: Room, otto: User, sam: User, minutes: int) -> None:
    with pytest.raises(ActionError, match="Choose between"):
        actions.mute(as_(sam), room=lobby.slug, name=otto.username, minutes=minutes)


def test_ban_ends_reading_at_once_and_can_be_lifted(
    lobby: Room, otto: User, sam: User, shut_out: list[ShutOut]
) -> None:
    actions.ban(as_(sam), room="lobby", name="otto")
    assert not may_read(otto, lobby)
    assert {each.topic for each in shut_out} >= {"chat.room.lobby", "chat.news.lobby"}
    with pytest.raises(ActionError, match="no such room"):
        actions.send(as_(otto), room="lobby", text="but")
    actions.unban(as_(sam), room="lobby", name="otto")
    assert may_read(otto, lobby)
    with pytest.raises(ActionError, match="otto is not banned"):
        actions.unban(as_(sam), room="lobby", name="otto")


def test_mute_of_days_says_the_day(
    lobby: Room, otto: User, sam: User, published: list[Published]
) -> None:
    actions.mute(as_(sam), room=lobby.slug, name=otto.username, minutes=3 * 24 * 60)
    until = Standing.objects.get().muted_until
    assert until is not None
    assert f"until {until.day} {until:%b}, {until:%H:%M} UTC" in published[0].data["text"]


def test_ban_from_a_private_room_ends_the_membership(den: Room, mira: User, member: User) -> None:
    actions.ban(as_(mira), room="den", name="otto")
    actions.unban(as_(mira), room="den", name="otto")
    assert Standing.objects.get(user=member).state == Standing.State.NONE
    assert not may_read(member, den)


@pytest.mark.parametrize("what", ["mute", "ban", "unban"])
def test_nobody_but_moderators_may(lobby: Room, mira: User, otto: User, what: str) -> None:
    arguments = {"minutes": 5} if what == "mute" else {}
    with pytest.raises(ActionError, match="Only the room's owner") as refusal:
        getattr(actions, what)(as_(otto), room=lobby.slug, name="mira", **arguments)
    assert refusal.value.code == 403


@pytest.mark.parametrize("name", ["sam", "mira"])
def test_staff_owner_and_oneself_are_kept_in(den: Room, mira: User, sam: User, name: str) -> None:
    with pytest.raises(ActionError, match="cannot be kept out"):
        actions.ban(as_(mira), room=den.slug, name=name)


def test_forms_without_script(browser: Browser, den: Room, member: User) -> None:
    message = post(room=den, author=Author(member, "otto"), text="spam")
    options = browser.get(f"/rooms/den/messages/{message.pk}/").content.decode()
    for action in ("chat.delete", "chat.mute", "chat.ban"):
        assert f'value="{action}"' in options
    assert "chat.edit" not in options
    address = "/rooms/den/people/"
    browser.post(address, {"action": "chat.mute", "name": "otto", "minutes": "60"})
    assert "muted until" in browser.get(address).content.decode()
    browser.post(address, {"action": "chat.ban", "name": "otto"})
    page = browser.get(address).content.decode()
    assert "banned" in page
    assert "chat.unban" in page
    browser.force_login(member)
    assert browser.get("/rooms/den/").status_code == 404


def test_muted_person_is_told_on_the_page(
    client: Browser, lobby: Room, otto: User, sam: User
) -> None:
    actions.mute(as_(sam), room=lobby.slug, name="otto", minutes=10)
    client.force_login(otto)
    assert "You are muted in this room until" in client.get("/rooms/lobby/").content.decode()
