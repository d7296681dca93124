"""A full outbox: each policy drops what it says, and what is dropped is counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime.message import Frame
from realtime.outbox import SLOW, Outbox
from tests.realtime.rooms import Desk, frame

if TYPE_CHECKING:
    from realtime.message import Overflow


def test_full_outbox_of_policy_close_ends_as_slow() -> None:
    desk = Desk(max_size=25)

    for text in "abc":
        desk.outbox.put(frame(text))

    assert desk.outbox.ending == SLOW
    assert (desk.texts, desk.outbox.size) == ([], 0)
    assert desk.dropped == Counter(close=3)


def test_outbox_that_is_exactly_full_is_not_too_full() -> None:
    desk = Desk(max_size=20)

    desk.outbox.put(frame("a"))
    desk.outbox.put(frame("b"))

    assert desk.outbox.ending is None


def test_drop_oldest_drops_until_the_rest_fits() -> None:
    desk = Desk(max_size=35)
    for text in "abc":
        desk.outbox.put(frame(text, "drop_oldest"))

    desk.outbox.put(frame("big", "drop_oldest", size=20))

    assert desk.texts == ["c", "big"]
    assert desk.dropped == Counter(drop_oldest=2)
    assert desk.outbox.ending is None


def test_drop_oldest_spares_frames_of_other_policies() -> None:
    desk = Desk(max_size=30)
    desk.outbox.put(frame("precious"))
    desk.outbox.put(frame("old", "drop_oldest"))
    desk.outbox.put(frame("state", "latest"))

    desk.outbox.put(frame("new", "drop_oldest"))

    assert desk.texts == ["precious", "state", "new"]
    assert desk.dropped == Counter(drop_oldest=1)


def test_drop_oldest_drops_the_newest_when_it_alone_is_too_big() -> None:
    desk = Desk(max_size=30)
    desk.outbox.put(frame("old", "drop_oldest"))

    desk.outbox.put(frame("huge", "drop_oldest", size=31))

    assert desk.texts == []
    assert desk.dropped == Counter(drop_oldest=2)
    assert desk.outbox.ending is None


class Watched(Frame):
    """A frame that counts how often it is looked at."""

    looks = 0

    def __getattribute__(self, name: str) -> object:
        if name == "overflow":
            Watched.looks += 1
        return super().__getattribute__(name)


@pytest.mark.parametrize(("policy", "limit"), [("drop_oldest", 1000), ("latest", 2000)])
def test_full_outbox_of_a_stalled_peer_is_not_searched_for_each_frame(
    policy: Overflow, limit: int
) -> None:
    desk = Desk(max_size=limit)
    for number in range(100):
        desk.outbox.put(Watched(str(number), 10, "other", "drop_oldest"))
    desk.outbox.put(Watched("first", 10, "t", policy))
    Watched.looks = 0

    for number in range(100):
        desk.outbox.put(Watched(str(number), 10, "t", policy))

    assert Watched.looks < 100 * 10


def test_latest_replaces_the_waiting_frame_of_its_topic() -> None:
    desk = Desk()
    desk.outbox.put(frame("1", "latest", topic="price"))
    desk.outbox.put(frame("2", "latest", topic="other"))

    desk.outbox.put(frame("3", "latest", topic="price"))

    assert desk.texts == ["2", "3"]
    assert desk.outbox.size == 20
    assert desk.dropped == Counter(latest=1)


def test_latest_spares_other_frames_of_its_topic() -> None:
    desk = Desk()
    desk.outbox.put(frame("reply", topic="price"))

    desk.outbox.put(frame("1", "latest", topic="price"))

    assert desk.texts == ["reply", "1"]


def test_latest_that_does_not_fit_closes() -> None:
    desk = Desk(max_size=15)
    desk.outbox.put(frame("a"))

    desk.outbox.put(frame("b", "latest"))

    assert desk.outbox.ending == SLOW
    assert desk.dropped == Counter(close=2)


class OutboxMachine(RuleBasedStateMachine):
    """Whatever is put and taken: in order, bounded, nothing lost but what is counted."""

    MAX_SIZE = 60

    def __init__(self) -> None:
        super().__init__()
        self.connect()

    def connect(self) -> None:
        self.desk = Desk(max_size=self.MAX_SIZE)
        self.number = 0
        self.taken: list[Frame] = []

    @property
    def outbox(self) -> Outbox:
        return self.desk.outbox

    @precondition(lambda self: self.outbox.ending is None)
    @rule(
        topic=st.sampled_from("ab"),
        overflow=st.sampled_from(["close", "drop_oldest", "latest"]),
        size=st.integers(1, 25),
    )
    def put(self, topic: str, overflow: Overflow, size: int) -> None:
        self.number += 1
        new = Frame(str(self.number), size, topic, overflow)
        self.outbox.put(new)

        if overflow == "latest":
            states = [one for one in self.outbox.frames if one.overflow == "latest"]
            assert len([one for one in states if one.topic == topic]) <= 1
        if overflow == "drop_oldest":
            kept = [one for one in self.outbox.frames if one.overflow == "drop_oldest"]
            assert not kept or kept[-1] is new

    @rule(limit=st.integers(1, 5))
    def take(self, limit: int) -> None:
        before = list(self.outbox.frames)
        batch = self.outbox.take(limit)

        assert batch == before[:limit]
        assert self.outbox.frames == before[limit:]
        self.taken += batch

    @precondition(lambda self: self.outbox.ending is not None)
    @rule()
    def reconnect(self) -> None:
        self.connect()

    @invariant()
    def nothing_is_lost_but_what_is_counted(self) -> None:
        dropped = sum(self.desk.dropped.values())
        assert len(self.taken) + len(self.outbox.frames) + dropped == self.number

    @invariant()
    def order_is_kept(self) -> None:
        numbers = [int(one.text) for one in [*self.taken, *self.outbox.frames]]
        assert numbers == sorted(numbers)

    @invariant()
    def size_is_bounded_and_right(self) -> None:
        assert self.outbox.size == sum(one.size for one in self.outbox.frames)
        assert self.outbox.size <= self.MAX_SIZE

    @invariant()
    def full_is_the_only_reason_to_end(self) -> None:
        if self.outbox.ending is not None:
            assert self.outbox.ending == SLOW
            assert self.desk.dropped["close"] > 0
            assert self.outbox.frames == []


TestOutboxMachine = OutboxMachine.TestCase
