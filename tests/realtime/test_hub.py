"""Dispatch: one encoding per codec, a reference for each follower, and nothing for all others."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import pytest

from realtime.catalog import Catalog, Options
from realtime.hub import Hub
from realtime.instrumentation import Instrumentation
from realtime.message import Change, Frame, Publication
from realtime.router import Pattern
from realtime.subscribers import Subscribers
from tests.realtime.rooms import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from realtime.message import Overflow


class FakeCodec:
    """A codec that counts its encodings; it may have no representation, or a defect."""

    def __init__(self, name: str, *, fails: bool = False, empty: bool = False) -> None:
        self.name = name
        self.fails = fails
        self.empty = empty
        self.encoded: list[Publication] = []
        self.announced: list[Change] = []

    def encode(self, publication: Publication, overflow: Overflow) -> Frame | None:
        self.encoded.append(publication)
        if self.fails:
            raise ValueError
        frame = Frame(self.name, 1, publication.topic, overflow, publication.offset)
        return None if self.empty else frame

    def announce(self, change: Change, overflow: Overflow) -> Frame | None:
        self.announced.append(change)
        if self.fails:
            raise ValueError
        return None if self.empty else Frame(change.kind, 1, change.topic, overflow)


class Room:
    """A hub, and what it told to whom."""

    def __init__(self, *codecs: FakeCodec) -> None:
        self.codecs = codecs or (FakeCodec("json"), FakeCodec("html"))
        self.catalog = Catalog()
        self.counters = Instrumentation()
        self.subscribers = Subscribers(instrumentation=self.counters)
        self.noted = 0
        self.hub = Hub(
            codecs=self.codecs,
            catalog=self.catalog,
            subscribers=self.subscribers,
            instrumentation=self.counters,
            noted=self._note,
        )

    def _note(self) -> None:
        self.noted += 1

    def crowd(self, count: int, *, topic: str = "a", codec: str = "json") -> list[Reader]:
        readers = [Reader() for _ in range(count)]
        for reader in readers:
            self.hub.subscribe(topic, codec, reader)
        return readers


def publication(topic: str = "a", offset: int = 1, epoch: str = "e") -> Publication:
    return Publication(topic, {"n": 1}, b'{"n":1}', offset, epoch)


def test_subscribe_and_unsubscribe_tell_whether_they_changed_anything() -> None:
    hub, reader = Room().hub, Reader()

    assert hub.subscribe("a", "json", reader)
    assert not hub.subscribe("a", "json", reader)
    assert hub.unsubscribe("a", "json", reader)
    assert not hub.unsubscribe("a", "json", reader)


@pytest.mark.parametrize("followers", [1, 10, 500])
def test_publication_is_encoded_once_per_codec(followers: int) -> None:
    room = Room()
    readers = room.crowd(followers) + room.crowd(followers, codec="html")

    room.hub.dispatch(publication())

    assert [len(codec.encoded) for codec in room.codecs] == [1, 1]
    assert room.counters.encoded == {"json": 1, "html": 1}
    assert room.counters.delivered == 2 * followers
    assert all(len(reader.frames) == 1 for reader in readers)
    assert len({id(reader.frames[0]) for reader in readers}) == 2  # they share them


def test_codec_that_nobody_follows_with_encodes_nothing() -> None:
    room = Room()
    room.crowd(3, codec="html")

    room.hub.dispatch(publication())

    json, html = room.codecs
    assert (len(json.encoded), len(html.encoded)) == (0, 1)


def test_topic_that_nobody_follows_costs_no_encoding() -> None:
    room = Room()
    room.crowd(3, topic="b")

    room.hub.dispatch(publication("a"))

    assert room.counters.encoded == {}
    assert room.counters.delivered == 0


def test_followers_are_served_in_the_order_in_which_they_came() -> None:
    room, served = Room(), []

    class Numbered(Reader):
        def put(self, frame: Frame) -> None:
            served.append(self)

    readers = [Numbered() for _ in range(20)]
    for reader in readers:
        room.hub.subscribe("a", "json", reader)
    room.hub.dispatch(publication())

    assert served == readers


def calls_of(function: Callable[[], None]) -> int:
    """Return how many functions, of Python and C, run while this one runs."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    gc.disable()  # what a collection calls is not this function's doing
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


def test_cost_does_not_depend_on_who_follows_other_topics() -> None:
    room = Room()
    room.catalog.add(Pattern("a"), Options())
    room.crowd(10)
    room.hub.dispatch(publication())
    alone = calls_of(lambda: room.hub.dispatch(publication()))

    others = [reader for number in range(300) for reader in room.crowd(3, topic=f"other.{number}")]
    among_many = calls_of(lambda: room.hub.dispatch(publication()))

    assert among_many == alone
    assert all(reader.frames == [] for reader in others)


def test_each_further_follower_costs_one_call() -> None:
    room = Room()
    room.catalog.add(Pattern("a"), Options())
    room.crowd(10)
    room.hub.dispatch(publication())
    few = calls_of(lambda: room.hub.dispatch(publication()))

    room.crowd(100)
    more = calls_of(lambda: room.hub.dispatch(publication()))

    assert (more - few) == 100 * calls_of_put()


def calls_of_put() -> int:
    reader, frame = Reader(), Frame("", 0)
    nothing = calls_of(lambda: None)
    return calls_of(lambda: reader.put(frame)) - nothing


def test_frame_has_the_overflow_policy_of_its_topic() -> None:
    room = Room()
    room.catalog.add(Pattern("price.{of}"), Options(overflow="latest"))
    [reader] = room.crowd(1, topic="price.tea")
    [other] = room.crowd(1, topic="group/undeclared")

    room.hub.dispatch(publication("price.tea"))
    room.hub.dispatch(publication("group/undeclared"))

    assert reader.frames[0].overflow == "latest"
    assert other.frames[0].overflow == "close"


def test_codec_without_representation_delivers_nothing() -> None:
    room = Room(FakeCodec("json"), FakeCodec("html", empty=True))
    [reader], [page] = room.crowd(1), room.crowd(1, codec="html")

    room.hub.dispatch(publication())

    assert (len(reader.frames), len(page.frames)) == (1, 0)
    assert room.counters.delivered == 1
    assert room.counters.failures == {}


def test_defect_of_one_codec_is_counted_and_does_not_reach_the_other() -> None:
    room = Room(FakeCodec("html", fails=True), FakeCodec("json"))
    [page], [reader] = room.crowd(1, codec="html"), room.crowd(1)

    room.hub.dispatch(publication())

    assert (len(page.frames), len(reader.frames)) == (0, 1)
    assert room.counters.failures == {"encoding as html": 1}


def test_unknown_codec_is_counted_as_a_failure() -> None:
    room = Room()
    [reader] = room.crowd(1, codec="morse")

    room.hub.dispatch(publication())

    assert reader.frames == []
    assert room.counters.failures == {"encoding as morse": 1}


def test_every_publication_is_noted_once() -> None:
    room = Room()
    room.crowd(10)

    room.hub.dispatch(publication())
    room.hub.dispatch(publication("nobody"))

    assert room.noted == 2


async def test_subscribers_are_offered_every_publication_after_the_clients() -> None:
    room, heard = Room(), []
    [reader] = room.crowd(1)

    async def listen(publication: Publication) -> None:
        heard.append((publication.topic, len(reader.frames)))

    room.subscribers.add(Pattern("{any}"), listen)
    room.hub.dispatch(publication())
    await room.subscribers.drain()

    assert heard == [("a", 1)]
