"""Watched topics: what comes late is dropped, and whoever missed something is told, once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.message import Position
from tests.realtime.rooms import Reader
from tests.realtime.test_hub import Room, publication


class Leaving(Reader):
    """A follower that leaves when it is told of a loss, as a client with a position does."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room

    def lost(self, topic: str) -> None:
        super().lost(topic)
        self.room.hub.unsubscribe(topic, "json", self)


def watching(room: Room, top: int = 0) -> Leaving:
    """Return a client that follows topic `a` from a position on."""
    follower = Leaving(room)
    room.hub.subscribe("a", "json", follower)
    room.hub.learn("a", Position(top, "e"))
    return follower


def test_topic_is_watched_from_the_first_position_that_somebody_learns() -> None:
    room = Room()
    assert room.hub.top("a") is None

    watching(room, 3)
    watching(room, 2)

    assert room.hub.top("a") == Position(3, "e")
    assert room.hub.tops == {"a": Position(3, "e")}


def test_publications_in_order_move_the_position() -> None:
    room = Room()
    follower = watching(room)

    for offset in (1, 2, 3):
        room.hub.dispatch(publication(offset=offset))

    assert room.hub.top("a") == Position(3, "e")
    assert (len(follower.frames), follower.missed) == (3, [])


def test_topic_is_watched_until_the_last_follower_leaves() -> None:
    room = Room()
    one, other = watching(room), watching(room)

    room.hub.unsubscribe("a", "json", one)
    assert room.hub.top("a") is not None
    room.hub.unsubscribe("a", "json", other)

    assert room.hub.top("a") is None


@pytest.mark.parametrize("offset", [1, 2])
def test_late_double_is_dropped_for_everybody_and_counted(offset: int) -> None:
    room = Room()
    follower = watching(room, 2)
    [page] = room.crowd(1, codec="html")

    room.hub.dispatch(publication(offset=offset))

    assert (follower.frames, page.frames, follower.missed) == ([], [], [])
    assert room.counters.dropped == {"late": 1}
    assert room.counters.encoded == {}
    assert room.hub.top("a") == Position(2, "e")


@pytest.mark.parametrize(("offset", "epoch"), [(4, "e"), (99, "e"), (1, "new"), (3, "new")])
def test_hole_or_another_epoch_is_told_once_and_others_still_get_the_publication(
    offset: int, epoch: str
) -> None:
    room = Room()
    followers = [watching(room, 2) for _ in range(3)]
    [page] = room.crowd(1, codec="html")  # keeps no position, and stays

    room.hub.dispatch(publication(offset=offset, epoch=epoch))

    assert [follower.missed for follower in followers] == [["a"]] * 3
    assert [follower.frames for follower in followers] == [[]] * 3
    assert page.missed == ["a"]
    assert len(page.frames) == 1
    assert room.hub.top("a") is None
    room.hub.dispatch(publication(offset=offset + 1, epoch=epoch))
    assert len(page.frames) == 2
    assert page.missed == ["a"]


def test_loss_of_one_topic_is_no_loss_of_another() -> None:
    room = Room()
    follower = watching(room)
    room.crowd(1, topic="b")
    room.hub.learn("b", Position(5, "f"))

    room.hub.dispatch(publication("b", offset=9, epoch="f"))

    assert follower.missed == []
    assert room.hub.tops == {"a": Position(0, "e")}


def test_topic_without_history_has_no_order_to_keep() -> None:
    room = Room()
    [reader] = room.crowd(1)

    for _ in range(2):
        room.hub.dispatch(publication(offset=0, epoch=""))

    assert len(reader.frames) == 2


@given(offsets=st.lists(st.integers(1, 8), max_size=30), top=st.integers(0, 4))
def test_client_sees_each_offset_once_and_in_order_or_is_told(offsets: list[int], top: int) -> None:
    room = Room()
    follower = watching(room, top)

    for offset in offsets:
        room.hub.dispatch(publication(offset=offset))

    seen = [frame.offset for frame in follower.frames]
    assert seen == list(range(top + 1, top + 1 + len(seen)))
    following = room.hub.router.followers("a") > 0
    assert following == (follower.missed == [])
