"""What a room is called, and who may look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presence.rooms import SITE, companions_of, is_room, key_of, may_see, shut_out, topic_of
from realtime import BoundTopic, Client, Topic, registry
from tests.presence.conftest import HALL, IN_HALL, TYPING, id_of, user_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.presence.conftest import House

ANN = Client(id="1", socket="http", user=user_of("ann"))
BOB = Client(id="2", socket="http", user=user_of("bob"))


@given(st.from_regex(r"[a-z0-9_~@-]+(\.[a-z0-9_~@-]+)*", fullmatch=True))
def test_key_leads_back_to_the_topic(topic: str) -> None:
    assert topic_of(key_of(topic)) == topic
    assert "." not in key_of(topic)


def test_companions_are_the_topics_about_a_room() -> None:
    assert companions_of(HALL) == (IN_HALL, TYPING)


def test_shut_out_is_from_both_when_the_change_is_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[str, object, str]] = []

    def unsubscribe(self: BoundTopic, user: object, *, using: str) -> None:
        calls.append((self.name, user, using))

    monkeypatch.setattr(BoundTopic, "unsubscribe", unsubscribe)

    shut_out(BoundTopic(HALL), 7, using="other")

    assert calls == [(IN_HALL, 7, "other"), (TYPING, 7, "other")]


@pytest.fixture
def odd() -> Iterator[None]:
    """Topics with presence whose names cannot stand in another topic's."""
    patterns = ("$hall.{name}", "halls.{name}#7", "odd.{name}")
    topics = [Topic(pattern, presence=True, can_subscribe="anyone") for pattern in patterns]
    yield
    for topic in topics:
        registry.catalog.remove(topic.pattern)


@pytest.mark.usefixtures("odd", "hall")
@pytest.mark.parametrize(
    ("topic", "is_one"),
    [
        (HALL, True),
        (SITE, True),
        ("odd.name", True),
        ("odd." + "x" * 239, True),
        ("odd." + "x" * 240, False),
        ("odd.na:me", False),
        ("$hall.main", False),
        ("halls.main#7", False),
        ("presence.in.hall:main", False),
        ("no.such.topic", False),
        ("", False),
    ],
)
def test_room_is_a_topic_with_presence_and_a_plain_name(topic: str, *, is_one: bool) -> None:
    assert is_room(topic) is is_one


async def test_who_may_follow_the_room_may_see_who_is_in_it(house: House) -> None:
    assert await may_see(ANN, room="hall:closed")
    assert not await may_see(BOB, room="hall:closed")
    assert await may_see(BOB, room="hall:main")
    assert await may_see(BOB, room="hall.main")


@pytest.mark.parametrize("room", ["yard:main", "nowhere", "", "hall:a:b", "hall:main\n", "a" * 300])
async def test_nobody_may_see_what_is_no_room(house: House, room: str) -> None:
    assert not await may_see(ANN, room=room)


async def test_who_follows_the_room_is_not_asked_again(house: House) -> None:
    await house.program("bob", HALL, IN_HALL, TYPING)
    assert house.asked["main"] == 1

    await house.program("bob", IN_HALL)

    assert house.asked["main"] == 2


async def test_refused_client_hears_nothing(house: House) -> None:
    bob, ann = await house.program("bob"), await house.program("ann")
    for topic in ("presence.in.hall:closed", "typing.in.hall:closed"):
        refusal = await bob.call("subscribe", channel=topic)
        assert refusal["error"]["code"] == 103
        assert "error" not in await ann.call("subscribe", channel=topic)


async def test_id_of_a_client_is_no_key_to_anothers_rooms(house: House) -> None:
    await house.program("ann", "hall.closed")
    [connection] = house.engine.connections.of(id_of("ann"))

    thief = Client(id=connection.id, socket="data", user=user_of("bob"))

    assert not await may_see(thief, room="hall:closed")
