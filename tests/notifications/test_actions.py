"""What programs and forms may ask of the notifications, and that it is about their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser

from notifications.actions import has_account, list_, prefer, read, read_all, see
from notifications.models import Notification, Preference, Reader
from realtime import ActionError, Client, actions
from realtime.identity import TokenUser
from tests.notifications.conftest import KIND, announce, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tests.notifications.conftest import Published

NAMES = ("list", "read", "read_all", "see", "prefer")


@pytest.fixture
def client_of_mira(mira: User) -> Client:
    return Client(id="abcdef-123", socket="data", user=mira)


def test_list_is_ones_own_with_the_count(client_of_mira: Client, mira: User, jonas: User) -> None:
    mine = store(mira, 2)
    store(jonas)

    found = list_(client_of_mira)

    assert [item["id"] for item in found["notifications"]] == [mine[1].pk, mine[0].pk]
    assert (found["before"], found["unread"]) == (None, 2)
    assert list_(client_of_mira, before=mine[0].pk)["notifications"] == []


@pytest.mark.usefixtures("published")
def test_read_and_read_all(client_of_mira: Client, mira: User, jonas: User) -> None:
    mine, others = store(mira, 2), store(jonas)

    read(client_of_mira, id=mine[0].pk)
    assert Notification.objects.filter(read_at=None).count() == 2
    with pytest.raises(ActionError, match="no such notification"):
        read(client_of_mira, id=others[0].pk)
    read_all(client_of_mira)

    assert [each.recipient for each in Notification.objects.filter(read_at=None)] == [jonas]


def test_see(client_of_mira: Client, mira: User, published: list[Published]) -> None:
    [announcement] = announce()

    see(client_of_mira, up_to=announcement.pk)

    assert Reader.objects.get(user=mira).seen == announcement.pk
    assert len(published) == 1


def test_prefer(client_of_mira: Client, mira: User) -> None:
    prefer(client_of_mira, kind=KIND)

    assert not Preference.objects.get(user=mira).enabled


@pytest.mark.parametrize("name", NAMES)
async def test_action_is_for_people_with_an_account(name: str) -> None:
    assert actions.find(f"notifications.{name}").allow is has_account


async def test_visitor_and_user_of_a_token_have_no_account() -> None:
    for user in (AnonymousUser(), TokenUser("42")):
        client = Client(id="abcdef-123", socket="data", user=user)  # type: ignore[arg-type]  # sockets have such users
        assert not await has_account(client)
