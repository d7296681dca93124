"""A diff as programs and templates get it, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presence.news import data_of, topic_about
from presence.people import Diff, Person
from presence.rooms import SITE
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
