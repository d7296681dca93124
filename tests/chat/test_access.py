"""Who may do what in a room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from chat import access
from chat.models import Room, Standing
from realtime import ActionError, Client

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

VISITOR = Client(id="abcdef-123", socket="data", user=AnonymousUser())


def test_public_room_is_for_everybody(lobby: Room, otto: User) -> None:
    for who in (otto, VISITOR, AnonymousUser()):
        assert access.may_read(who, lobby)
        assert access.may_write(who, lobby)
        assert not access.may_moderate(who, lobby)


def test_private_room_is_for_its_members(den: Room, mira: User, otto: User) -> None:
    staff = User.objects.create_user("sam", is_staff=True)
    assert access.may_read(mira, den)
    for who in (otto, staff, VISITOR):
        assert not access.may_read(who, den)
        assert not access.may_write(who, den)
        assert not access.may_moderate(who, den)


def test_invitation_alone_opens_nothing(den: Room, otto: User) -> None:
    Standing.objects.create(room=den, user=otto, state=Standing.State.INVITED)
    assert not access.may_read(otto, den)
    assert den in access.listed(otto)


def test_banned_person_is_out(lobby: Room, den: Room, member: User) -> None:
    Standing.objects.create(room=lobby, user=member, is_banned=True)
    Standing.objects.filter(room=den, user=member).update(is_banned=True)
    assert not access.may_read(member, lobby)
    assert not access.may_read(member, den)
    assert not set(access.listed(member)) & {lobby, den}


def test_muted_person_reads_and_does_not_write_for_a_while(lobby: Room, otto: User) -> None:
    until = timezone.now() + timedelta(minutes=1)
    standing = Standing.objects.create(room=lobby, user=otto, muted_until=until)
    assert access.may_read(otto, lobby)
    assert not access.may_write(otto, lobby)
    with pytest.raises(ActionError, match=f"until {until.day} {until:%b, %H:%M} UTC") as refusal:
        access.room_to_write(otto, lobby.slug)
    assert refusal.value.code == 403
    standing.muted_until = timezone.now()
    standing.save()
    assert access.may_write(otto, lobby)


def test_owner_and_staff_moderate_what_they_read(lobby: Room, den: Room, mira: User) -> None:
    staff = User.objects.create_user("sam", is_staff=True)
    assert access.may_moderate(mira, den)
    assert access.may_moderate(staff, lobby)
    assert not access.may_moderate(mira, lobby)
    assert access.room_to_moderate(staff, "lobby") == lobby
    with pytest.raises(ActionError, match="Only the room's owner"):
        access.room_to_moderate(mira, "lobby")
    with pytest.raises(ActionError, match="no such room"):
        access.room_to_moderate(staff, "den")


def test_room_is_found_with_how_one_stands_to_it_in_one_query(
    den: Room, mira: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = access.room_for(mira, "den")
    assert (found, found.my_state, found.my_ban) == (den, Standing.State.MEMBER, False)
    assert den not in access.readable(AnonymousUser())


def test_everybodys_standing_does_not_double_a_room(lobby: Room, mira: User, otto: User) -> None:
    for user in (mira, otto):
        Standing.objects.create(room=lobby, user=user)
    assert [room.slug for room in access.readable(mira)] == ["lobby", "random"]


@pytest.mark.parametrize("slug", ["lobby", "den"])
def test_readers_are_those_who_may_read(
    den: Room,
    mira: User,
    member: User,
    slug: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    room = Room.objects.get(slug=slug)
    states = {"invited": Standing.State.INVITED, "gone": Standing.State.NONE}
    for name in ("invited", "gone", "banned", "stranger"):
        user = User.objects.create_user(name, is_staff=name == "stranger")
        Standing.objects.create(room=Room.objects.get(slug="random"), user=user, is_banned=True)
        if name != "stranger":
            state = states.get(name, Standing.State.MEMBER)
            Standing.objects.create(room=room, user=user, state=state, is_banned=name == "banned")
    User.objects.create_user("away", is_active=False)
    with django_assert_num_queries(1):
        names = {user.username for user in access.readers(room)}
    people = User.objects.exclude(username="away")
    assert names == {user.username for user in people if access.may_read(user, room)}
    assert {"mira", "otto"} <= names


@pytest.mark.parametrize("slug", ["", "lobby\x00", "lobby\n", "a b", "ü", "x" * 51])
def test_what_is_no_slug_asks_no_database(
    slug: str, mira: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert access.find_readable(mira, slug) is None
