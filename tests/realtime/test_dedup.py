"""The window of publication ids: bounded by age and by number."""

from __future__ import annotations

import sys
from collections import OrderedDict

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime.dedup import Dedup
from realtime.message import Position
from tests.realtime.clock import Clock

TTL = 10.0

Key = tuple[str, str]
Seen = tuple[float, Position | None]


def window(*, max_ids: int = 100) -> tuple[Dedup, Clock]:
    clock = Clock()
    return Dedup(ttl=TTL, max_ids=max_ids, clock=clock), clock


def test_repetition_is_not_first() -> None:
    dedup, _ = window()

    assert dedup.first("t", "1")
    assert not dedup.first("t", "1")
    assert len(dedup) == 1


def test_same_id_on_another_topic_is_first() -> None:
    dedup, _ = window()

    assert dedup.first("t", "1")
    assert dedup.first("u", "1")


def test_id_is_first_again_after_its_time() -> None:
    dedup, clock = window()
    dedup.first("t", "1")

    clock.now += TTL - 0.001
    assert not dedup.first("t", "1")
    clock.now += 0.001
    assert dedup.first("t", "1")


def test_repetition_does_not_prolong_the_window() -> None:
    dedup, clock = window()
    dedup.first("t", "1")
    clock.now += TTL - 1
    dedup.first("t", "1")

    clock.now += 1

    assert dedup.first("t", "1")


def test_forgotten_id_is_first_again() -> None:
    dedup, _ = window()
    dedup.first("t", "1")

    dedup.forget("t", "1")
    dedup.forget("t", "never seen")

    assert dedup.first("t", "1")


def test_full_window_forgets_the_oldest_id() -> None:
    dedup, _ = window(max_ids=2)
    for identity in "abc":
        dedup.first("t", identity)

    assert len(dedup) == 2
    assert not dedup.first("t", "c")
    assert not dedup.first("t", "b")
    assert dedup.first("t", "a")


def test_repetition_in_a_full_window_forgets_nothing() -> None:
    dedup, _ = window(max_ids=2)
    dedup.first("t", "a")
    dedup.first("t", "b")

    assert not dedup.first("t", "a")
    assert not dedup.first("t", "a")
    assert not dedup.first("t", "b")


def test_forgetting_many_ids_at_once_looks_at_each_once() -> None:
    looks = 0

    class Counting(OrderedDict[Key, Seen]):
        def popitem(self, last: bool = True) -> tuple[Key, Seen]:  # noqa: FBT001, FBT002 - as the dict's own
            nonlocal looks
            looks += 1
            return super().popitem(last)

    clock = Clock()
    dedup = Dedup(ttl=TTL, max_ids=sys.maxsize, clock=clock, _seen=Counting())
    for number in range(1000):
        dedup.first("t", str(number))
    clock.now += TTL

    dedup.first("t", "next")

    assert (looks, len(dedup)) == (1000, 1)


def test_position_of_the_first_is_remembered_as_long_as_its_id() -> None:
    dedup, clock = window()
    dedup.first("t", "1")
    assert dedup.position("t", "1") is None, "it is still on its way"

    dedup.note("t", "1", Position(7, "e"))

    assert dedup.position("t", "1") == Position(7, "e")
    assert dedup.position("t", "2") is dedup.position("u", "1") is None
    clock.now += TTL
    assert dedup.first("t", "1")
    assert dedup.position("t", "1") is None


def test_position_of_an_id_that_was_forgotten_is_not_noted() -> None:
    dedup, _ = window()
    dedup.first("t", "1")
    dedup.forget("t", "1")

    dedup.note("t", "1", Position(7, "e"))

    assert len(dedup) == 0


class DedupMachine(RuleBasedStateMachine):
    """A window equals a list of what was first lately."""

    MAX_IDS = 3

    def __init__(self) -> None:
        super().__init__()
        self.dedup, self.clock = window(max_ids=self.MAX_IDS)
        self.model: list[tuple[float, str, str]] = []

    @rule(topic=st.sampled_from("tu"), identity=st.sampled_from("abc"))
    def first(self, topic: str, identity: str) -> None:
        now = self.clock.now
        self.model = [seen for seen in self.model if now - seen[0] < TTL]
        new = (topic, identity) not in [seen[1:] for seen in self.model]
        if new:
            self.model = [*self.model, (now, topic, identity)][-self.MAX_IDS :]

        assert self.dedup.first(topic, identity) is new

    @rule(topic=st.sampled_from("tu"), identity=st.sampled_from("abc"))
    def forget(self, topic: str, identity: str) -> None:
        self.model = [seen for seen in self.model if seen[1:] != (topic, identity)]

        self.dedup.forget(topic, identity)

    @rule(seconds=st.integers(0, 6))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @invariant()
    def window_is_bounded(self) -> None:
        assert len(self.dedup) <= self.MAX_IDS


TestDedupMachine = DedupMachine.TestCase
