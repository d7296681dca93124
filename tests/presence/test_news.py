"""A diff as programs and templates get it, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presence.news import data_of, tell, tell_typing, topic_about
from presence.people import Diff, Person
from presence.rooms import SITE
from realtime import registry
from tests.presence.conftest import HALL, IN_HALL

if TYPE_CHECKING:
    from realtime import BoundTopic


def name_of(topic: BoundTopic) -> str:
    return topic.name


def test_diff_of_a_room_goes_to_the_topic_about_it() -> None:
    assert name_of(topic_about(HALL)) == IN_HALL


def test_diff_of_the_site_goes_to_the_site() -> None:
    assert name_of(topic_about(SITE)) == SITE


def test_diff_is_json() -> None:
    diff = Diff(
        room=HALL,
        joins=(Person("Ann", "7"),),
        leaves=(Person("Bob", "8"),),
        count=3,
        guests=2,
    )

    assert data_of(diff) == {
        "room": HALL,
        "joins": [{"id": "7", "name": "Ann"}],
        "leaves": [{"id": "8", "name": "Bob"}],
        "count": 3,
        "guests": 2,
        "reset": False,
    }


async def test_server_that_stops_tells_nobody_and_makes_nothing_of_it() -> None:
    registry.reset()

    assert not await tell(Diff(room=HALL, joins=(), leaves=(), count=0, guests=0))
    await tell_typing(HALL, ["Ann"])

    assert not registry.engine().instrumentation.failures
