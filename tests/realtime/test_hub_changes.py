"""Who comes and who goes: told to those who listen, encoded once, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from realtime.catalog import Catalog, Options
from realtime.codecs import JSONCodec
from realtime.hub import Hub
from realtime.instrumentation import Instrumentation
from realtime.message import Change, ClientInfo
from realtime.router import Pattern
from realtime.subscribers import Subscribers
from tests.realtime.rooms import Reader

if TYPE_CHECKING:
    from realtime.message import Frame, Overflow

JOIN = Change("join", "a", ClientInfo(user="1", client="c"))


class CountingCodec(JSONCodec):
    """The JSON codec, which counts what it encodes."""

    def __init__(self) -> None:
        self.announced = 0

    def announce(self, change: Change, overflow: Overflow) -> Frame:
        self.announced += 1
        return super().announce(change, overflow)


class Room:
    """A hub, and what it told to whom."""

    def __init__(self) -> None:
        self.codec = CountingCodec()
        self.catalog = Catalog()
        self.counters = Instrumentation()
        self.noted = 0
        self.hub = Hub(
            codecs=[self.codec],
            catalog=self.catalog,
            subscribers=Subscribers(instrumentation=self.counters),
            instrumentation=self.counters,
            noted=self._note,
        )

    def _note(self) -> None:
        self.noted += 1

    def follower(self, *, listens: bool = True, topic: str = "a") -> Reader:
        reader = Reader()
        self.hub.subscribe(topic, "json", reader)
        if listens:
            self.hub.listen(topic, "json", reader)
        return reader


@pytest.mark.parametrize("kind", ["join", "leave"])
def test_change_is_encoded_once_and_reaches_those_who_listen(
    kind: Literal["join", "leave"],
) -> None:
    room = Room()
    listeners = [room.follower() for _ in range(100)]
    others = [room.follower(listens=False), room.follower(topic="b")]

    room.hub.announce(Change(kind, "a", ClientInfo(user="1", client="c")))

    assert room.codec.announced == room.noted == 1
    assert len({id(frame) for reader in listeners for frame in reader.frames}) == 1
    assert all(len(reader.frames) == 1 for reader in listeners)
    assert all(reader.frames == [] for reader in others)


def test_change_that_nobody_hears_of_is_not_encoded() -> None:
    room = Room()
    room.follower(listens=False)

    room.hub.announce(JOIN)

    assert room.codec.announced == room.noted == 0


def test_who_follows_no_more_hears_no_more() -> None:
    room = Room()
    reader = room.follower()

    room.hub.unsubscribe("a", "json", reader)
    room.hub.announce(JOIN)

    assert reader.frames == []


def test_listening_twice_is_told_once() -> None:
    room = Room()
    reader = room.follower()
    room.hub.listen("a", "json", reader)

    room.hub.announce(JOIN)

    assert len(reader.frames) == 1


def test_followers_that_begin_anew_do_not_hear_of_each_other() -> None:
    room = Room()

    class Returning(Reader):
        def lost(self, topic: str) -> None:
            super().lost(topic)
            room.hub.unsubscribe(topic, "json", self)
            room.hub.announce(Change("leave", topic, ClientInfo(user="", client="c")))

    readers = [Returning() for _ in range(10)]
    for reader in readers:
        room.hub.subscribe("a", "json", reader)
        room.hub.listen("a", "json", reader)

    room.hub.lose("a")

    assert [reader.missed for reader in readers] == [["a"]] * 10
    assert room.codec.announced == 0


@pytest.mark.parametrize(
    ("overflow", "of_the_change"),
    [("close", "close"), ("drop_oldest", "drop_oldest"), ("latest", "drop_oldest")],
)
def test_change_never_takes_the_place_of_a_publication(
    overflow: Overflow, of_the_change: Overflow
) -> None:
    room = Room()
    room.catalog.add(Pattern("a"), Options(overflow=overflow))
    reader = room.follower()

    room.hub.announce(JOIN)

    assert [frame.overflow for frame in reader.frames] == [of_the_change]


def test_info_that_is_no_json_is_counted_as_a_failure() -> None:
    room = Room()
    reader = room.follower()

    room.hub.announce(Change("leave", "a", ClientInfo(user="1", client="c", conn_info=object())))

    assert reader.frames == []
    assert room.counters.failures == {"encoding as json": 1}
