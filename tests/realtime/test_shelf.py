"""The shelf: what expired goes, wherever it stands, and all together have a bound."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime.message import Publication
from realtime.shelf import PUBLICATION_COST, SLACK, SWEEP, Shelf, cost_of

MUCH = 1_000_000


def publication(topic: str = "t", offset: int = 1, *, size: int = 0) -> Publication:
    return Publication(topic, None, b"x" * size, offset, "e")


def shelf(max_bytes: int = MUCH) -> Shelf:
    return Shelf(max_bytes=max_bytes, evicted=Counter())


def offsets(found: Shelf, topic: str, now: float = 0) -> list[int]:
    return [each.offset for each in found.get(topic, now)]


def test_publication_costs_its_text_twice_its_tags_and_a_constant() -> None:
    plain = Publication("t", None, b"12345", 1, "e")
    tagged = Publication("t", None, b"12345", 1, "e", tags={"ab": "cde"})

    assert cost_of(plain) == 10 + PUBLICATION_COST
    assert cost_of(tagged) == 15 + PUBLICATION_COST


def test_expired_publications_do_not_wait_for_a_long_lived_one() -> None:
    found, topics = shelf(), 10 * SWEEP
    found.put(publication("long"), limit=1, until=1000, now=0)
    for number in range(topics):
        found.put(publication(f"short.{number}"), limit=1, until=60, now=0)

    for turn in range(10):
        found.put(publication("other", turn), limit=1, until=1000, now=100)

    assert len(found) == 2
    assert found.size == 2 * PUBLICATION_COST


def test_one_call_throws_out_no_more_than_a_few() -> None:
    found, topics = shelf(), 3 * SWEEP
    for number in range(topics):
        found.put(publication(f"short.{number}"), limit=1, until=60, now=0)

    found.sweep(60)

    assert len(found) == topics - SWEEP


def test_publications_go_one_by_one_while_their_topic_lives() -> None:
    found = shelf()
    for second in range(10):
        found.put(publication(offset=second), limit=100, until=second + 4, now=second)

    found.sweep(12)

    assert found.size <= 5 * PUBLICATION_COST
    assert offsets(found, "t", 12) == [9]


def test_topic_that_comes_and_goes_leaves_no_trace() -> None:
    found = shelf()
    for number in range(100 * SLACK):
        found.put(publication(f"t.{number}"), limit=1, until=1000, now=0)
        found.drop(f"t.{number}")

    assert (len(found), found.size) == (0, 0)
    assert len(found._heap) <= SLACK + 1


def test_too_many_bytes_cost_the_topic_that_was_used_the_longest_ago() -> None:
    found = shelf(3 * PUBLICATION_COST)
    for topic in "abc":
        found.put(publication(topic), limit=1, until=60, now=0)
    found.get("a", 0)

    found.put(publication("d"), limit=1, until=60, now=0)

    assert [offsets(found, topic) for topic in "abcd"] == [[1], [], [1], [1]]
    assert found.evicted == {"bytes": 1}
    assert found.size == 3 * PUBLICATION_COST


def test_too_many_bytes_cost_nobody_anything_where_enough_has_expired() -> None:
    found, topics = shelf(5 * SWEEP * PUBLICATION_COST), 5 * SWEEP - 1
    found.put(publication("oldest"), limit=1, until=1000, now=0)
    for number in range(topics):
        found.put(publication(f"short.{number}"), limit=1, until=60, now=0)

    found.put(publication("large", size=2 * SWEEP * PUBLICATION_COST), limit=1, until=99, now=60)

    assert offsets(found, "oldest", 60) == [1]
    assert not found.evicted


def test_topic_that_is_too_large_by_itself_keeps_its_latest() -> None:
    found = shelf(3 * PUBLICATION_COST)
    for offset in range(1, 6):
        found.put(publication(offset=offset), limit=100, until=60, now=0)

    assert offsets(found, "t") == [3, 4, 5]
    assert found.evicted == {"bytes": 2}
    found.put(publication(offset=6, size=MUCH), limit=100, until=60, now=0)
    assert offsets(found, "t") == [6]


class ShelfMachine(RuleBasedStateMachine):
    """Each topic has the last of its publications, without a hole, and none too long."""

    MAX = 8 * PUBLICATION_COST
    TTL = 10
    TOPICS = st.sampled_from("abcd")

    def __init__(self) -> None:
        super().__init__()
        self.shelf = shelf(self.MAX)
        self.now = 0
        self.offset = 0
        self.kept: dict[str, list[tuple[int, int]]] = defaultdict(list)  # until, offset

    @rule(topic=TOPICS, size=st.sampled_from([0, 0, 0, 100, 5000]))
    def put(self, topic: str, size: int) -> None:
        self.offset += 1
        evicted = self.shelf.evicted["bytes"]
        until = self.now + self.TTL

        made = publication(topic, self.offset, size=size)
        self.shelf.put(made, limit=5, until=until, now=self.now)

        self.kept[topic] = [*self.kept[topic], (until, self.offset)][-5:]
        assert offsets(self.shelf, topic, self.now)[-1] == self.offset
        for each, kept in self.kept.items():
            expected = [offset for until, offset in kept if until > self.now]
            found = offsets(self.shelf, each, self.now)
            assert found == expected[len(expected) - len(found) :]
            if self.shelf.evicted["bytes"] == evicted:
                assert found == expected
            self.kept[each] = [entry for entry in kept if entry[1] in found]

    @rule(topic=TOPICS)
    def drop(self, topic: str) -> None:
        self.shelf.drop(topic)
        self.kept[topic] = []
        assert offsets(self.shelf, topic, self.now) == []

    @rule(seconds=st.integers(1, 6))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def sweep(self) -> None:
        self.shelf.sweep(self.now)
        # What has expired is at most another life too late.
        stacks = self.shelf._stacks.values()
        assert all(item.until > self.now - self.TTL for each in stacks for item in each.items)

    @invariant()
    def memory_is_bounded(self) -> None:
        sizes = [each.size for each in self.shelf._stacks.values()]
        assert self.shelf.size == sum(sizes)
        assert all(sizes)
        assert self.shelf.size <= self.MAX or sum(map(len, self._items())) == 1
        assert len(self.shelf._heap) <= 2 * len(self.shelf) + SLACK + 1

    def _items(self) -> list[list[object]]:
        return [list(each.items) for each in self.shelf._stacks.values()]


TestShelfMachine = ShelfMachine.TestCase


@pytest.mark.parametrize("topic", ["unknown", "gone"])
def test_dropping_what_is_not_there_does_no_harm(topic: str) -> None:
    found = shelf()
    found.put(publication("gone"), limit=1, until=1, now=0)
    found.drop("gone")

    found.drop(topic)
    found.sweep(2)

    assert found.get(topic, 0) == []
    assert len(found) == 0
