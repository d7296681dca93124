"""Members of private rooms: invited, accepted, gone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

from chat import actions, people
from chat.access import may_read
from chat.models import Room, Standing
from realtime import ActionError, Client

if TYPE_CHECKING:
    from django.test import Client as Browser

    from tests.chat.conftest import Published, ShutOut

pytestmark = pytest.mark.usefixtures("published", "shut_out")

VISITOR = Client(id="abcdef-123", socket="data", user=AnonymousUser())


def as_(user: User) -> Client:
    """Return a page of a user."""
    return Client(id="abcdef-123", socket="html", user=user)


def test_invitation_is_told_and_accepted(
    den: Room, mira: User, otto: User, published: list[Published]
) -> None:
    actions.invite(as_(mira), room="den", name=" otto ")
    [news] = published
    assert news.topic == f"chat.mine#{otto.pk}"
    assert "You are invited to Den" in news.data["text"]
    assert not may_read(otto, den)
    actions.answer(as_(otto), room="den", accept=True)
    assert may_read(otto, den)


def test_invitation_that_is_declined_can_be_made_again(den: Room, mira: User, otto: User) -> None:
    for _ in range(2):
        actions.invite(as_(mira), room=den.slug, name="otto")
        actions.answer(as_(otto), room="den", accept=False)
    assert not may_read(otto, den)


def test_answer_without_an_invitation_is_refused(den: Room, otto: User) -> None:
    banned = Standing(room=den, user=otto, state=Standing.State.INVITED, is_banned=True)
    for client, slug in ((as_(otto), "den"), (as_(otto), "~"), (VISITOR, "den")):
        with pytest.raises(ActionError, match="no such invitation"):
            actions.answer(client, room=slug, accept=True)
    banned.save()
    with pytest.raises(ActionError, match="no such invitation"):
        actions.answer(as_(otto), room="den", accept=True)


def test_answer_to_an_invitation_that_is_withdrawn_meanwhile_is_refused(
    den: Room, mira: User, otto: User
) -> None:
    actions.invite(as_(mira), room="den", name="otto")
    withdrawals = iter([lambda: actions.remove(as_(mira), room="den", name="otto")])

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        """Let the owner be quicker than what follows the first thing that is asked."""
        result = execute(sql, *rest)
        if sql.startswith("SELECT"):
            next(withdrawals, lambda: None)()
        return result

    client = as_(otto)
    with connection.execute_wrapper(meanwhile), suppress(ActionError):
        actions.answer(client, room="den", accept=True)
    next(withdrawals, lambda: None)()
    assert not may_read(otto, den)


def test_invitation_is_the_moderators_to_make(den: Room, member: User) -> None:
    with pytest.raises(ActionError, match="Only the room's owner"):
        actions.invite(as_(member), room=den.slug, name="mira")


def test_invitation_that_makes_no_sense_is_refused(
    den: Room, mira: User, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create_user("sam", is_staff=True)
    with pytest.raises(ActionError, match="otto is member already"):
        actions.invite(as_(mira), room="den", name="otto")
    with pytest.raises(ActionError, match="nobody of this name"):
        actions.invite(as_(mira), room="den", name="ottilie")
    with pytest.raises(ActionError, match="open to everybody"):
        people.invite(as_(User.objects.get(username="sam")), room="lobby", name="otto")
    Standing.objects.filter(room=den, user=member).update(is_banned=True)
    with pytest.raises(ActionError, match="Lift the ban first"):
        actions.invite(as_(mira), room="den", name="otto")
    monkeypatch.setattr(people, "MAX_MEMBERS", 1)
    with pytest.raises(ActionError, match="at most 1 members"):
        actions.invite(as_(mira), room="den", name="sam")
    assert not Standing.objects.filter(user__username="sam").exists()


def test_member_who_leaves_hears_nothing_more(
    den: Room, member: User, shut_out: list[ShutOut], published: list[Published]
) -> None:
    actions.leave(as_(member), room="den")
    assert not may_read(member, den)
    assert {(each.topic, each.user) for each in shut_out} == {
        ("chat.room.den", member.pk),
        ("chat.news.den", member.pk),
        ("presence.in.chat:room:den", member.pk),
        ("typing.in.chat:room:den", member.pk),
    }
    assert published[0].data["closed"]


def test_leaving_what_one_cannot_leave_is_refused(den: Room, mira: User) -> None:
    with pytest.raises(ActionError, match="is yours"):
        actions.leave(as_(mira), room=den.slug)
    with pytest.raises(ActionError, match="not a member"):
        actions.leave(as_(mira), room="lobby")


def test_member_who_is_removed_hears_nothing_more(
    den: Room, mira: User, member: User, shut_out: list[ShutOut]
) -> None:
    actions.remove(as_(mira), room="den", name="otto")
    assert not may_read(member, den)
    assert {each.topic for each in shut_out} >= {"chat.room.den", "chat.news.den"}
    with pytest.raises(ActionError, match="not a member"):
        actions.remove(as_(mira), room="den", name="otto")
    with pytest.raises(ActionError, match="owner cannot be removed"):
        actions.remove(as_(mira), room="den", name="mira")


def test_page_of_people_and_its_forms(browser: Browser, den: Room, otto: User) -> None:
    address = "/rooms/den/people/"
    browser.post(address, {"action": "chat.invite", "name": "otto"})
    page = browser.get(address).content.decode()
    assert "otto" in page
    assert "invited" in page
    refused = browser.post(address, {"action": "chat.invite", "name": "nobody"})
    assert refused.status_code == 400
    assert "nobody of this name" in refused.content.decode()
    nameless = browser.post(address, {"name": "mira"})  # the first of the page's actions
    assert nameless.status_code == 400
    User.objects.create_user("sam")
    assert browser.post(address, {"name": "sam"}).headers["Location"] == address
    unknown = browser.post(address, {"action": "chat.send", "name": "x"})
    assert "asked for something unknown" in unknown.content.decode()

    browser.force_login(otto)
    assert "You are invited to" in browser.get("/").content.decode()
    browser.post("/", {"action": "chat.answer", "room": "den", "accept": "true"})
    assert browser.get(address).status_code == 200
    left = browser.post(address, {"action": "chat.leave"})
    assert left.headers["Location"] == "/"
    assert browser.get(address).status_code == 404
    gone = browser.post("/", {"action": "chat.answer", "room": "den", "accept": "true"})
    assert gone.status_code == 400
