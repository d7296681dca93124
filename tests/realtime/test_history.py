"""Histories: offsets that rise by one, bounds, and epochs that never lie."""

from __future__ import annotations

import types
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime.exceptions import ConfigurationError
from realtime.history import NOWHERE, History, HistoryStore, publish_at
from realtime.message import ClientInfo, Draft, Position

KEEP = History(size=3, ttl=10)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def draft(topic: str = "t", data: object = None) -> Draft:
    return Draft(topic=topic, data=data, json=b"null")


def store(*, max_topics: int = 100) -> tuple[HistoryStore, Clock]:
    clock = Clock()
    return HistoryStore(max_topics=max_topics, clock=clock), clock


def offsets(histories: HistoryStore, topic: str = "t", since: int = 0) -> list[int]:
    return [publication.offset for publication in histories.since(topic, since)]


@pytest.mark.parametrize(("size", "ttl"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_history_of_nothing_is_refused(size: int, ttl: float) -> None:
    with pytest.raises(ConfigurationError, match="at least 1 and a ttl of more than 0"):
        History(size=size, ttl=ttl)


def test_unknown_topic_is_nowhere() -> None:
    histories, _ = store()

    assert histories.position("t") == NOWHERE == Position(0, "")
    assert histories.since("t", 0) == []


def test_offsets_rise_by_one_within_an_epoch() -> None:
    histories, _ = store()

    made = [histories.append(draft(), KEEP) for _ in range(5)]

    assert [publication.offset for publication in made] == [1, 2, 3, 4, 5]
    assert len({publication.epoch for publication in made}) == 1
    assert histories.position("t") == Position(5, made[0].epoch)


def test_topics_count_for_themselves_and_live_their_own_lives() -> None:
    histories, _ = store()

    one, other = histories.append(draft("a"), KEEP), histories.append(draft("b"), KEEP)

    assert one.offset == other.offset == 1
    assert one.epoch != other.epoch
    assert len(histories) == 2


def test_history_keeps_only_the_last_publications() -> None:
    histories, _ = store()
    for _ in range(5):
        histories.append(draft(), KEEP)

    assert offsets(histories) == [3, 4, 5]
    assert offsets(histories, since=4) == [5]
    assert offsets(histories, since=5) == []


def test_publication_leaves_after_its_time_but_the_position_stays() -> None:
    histories, clock = store()
    first = histories.append(draft(), KEEP)
    clock.now += 6
    histories.append(draft(), KEEP)

    clock.now += 4

    assert offsets(histories) == [2]
    clock.now += 6
    assert offsets(histories) == []
    assert histories.position("t") == Position(2, first.epoch)


def test_offsets_go_on_after_all_publications_left() -> None:
    histories, clock = store()
    first = histories.append(draft(), KEEP)
    clock.now += 20
    histories.append(draft("other"), KEEP)

    second = histories.append(draft(), KEEP)

    assert (second.offset, second.epoch) == (2, first.epoch)
    assert offsets(histories) == [2]


def test_topic_beyond_the_limit_takes_the_place_of_the_oldest() -> None:
    histories, _ = store(max_topics=2)
    lost = histories.append(draft("a"), KEEP)
    histories.append(draft("b"), KEEP)
    histories.append(draft("c"), KEEP)

    assert len(histories) == 2
    assert histories.position("a") == NOWHERE
    assert offsets(histories, "a") == []
    again = histories.append(draft("a"), KEEP)
    assert again.offset == 1
    assert again.epoch != lost.epoch


def test_topic_that_was_published_to_is_not_the_oldest() -> None:
    histories, _ = store(max_topics=2)
    for topic in "abac":
        histories.append(draft(topic), KEEP)

    assert histories.position("b") == NOWHERE
    assert histories.position("a").offset == 2


def test_publication_is_the_draft_at_its_position() -> None:
    info = ClientInfo(user="1", client="c")
    made = Draft(topic="t", data={"a": 1}, json=b'{"a":1}', id="x", info=info, published_at=5.0)

    publication = publish_at(made, Position(7, "e"))

    assert publication.data is made.data
    assert publication.json is made.json
    assert (publication.topic, publication.offset, publication.epoch) == ("t", 7, "e")
    assert (publication.id, publication.info, publication.published_at) == ("x", info, 5.0)


@dataclass
class Life:
    """What the model knows of one topic."""

    offset: int = 0
    epoch: str = ""
    kept: list[tuple[float, int]] = field(default_factory=list)


class HistoryMachine(RuleBasedStateMachine):
    """A store equals a dict of lists, and no position of a lost life comes back."""

    MAX_TOPICS = 2
    KEEPS = types.MappingProxyType(
        {"a": History(size=2, ttl=4), "b": History(size=3, ttl=20), "c": History(size=1, ttl=9)}
    )

    def __init__(self) -> None:
        super().__init__()
        self.histories, self.clock = store(max_topics=self.MAX_TOPICS)
        self.model: dict[str, Life] = {}
        self.lost: set[str] = set()

    @rule(topic=st.sampled_from("abc"))
    def append(self, topic: str) -> None:
        life, keep = self.model.pop(topic, Life()), self.KEEPS[topic]

        publication = self.histories.append(draft(topic), keep)

        assert publication.offset == life.offset + 1
        assert publication.epoch not in self.lost
        assert publication.epoch == life.epoch or not life.epoch
        life.offset, life.epoch = publication.offset, publication.epoch
        life.kept.append((self.clock.now + keep.ttl, publication.offset))
        life.kept = life.kept[-keep.size :]
        self.model[topic] = life
        while len(self.model) > self.MAX_TOPICS:
            self.lost.add(self.model.pop(next(iter(self.model))).epoch)

    @rule(seconds=st.integers(1, 9))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(topic=st.sampled_from("abc"), since=st.integers(0, 6))
    def read(self, topic: str, since: int) -> None:
        now = self.clock.now
        kept = self.model.get(topic, Life()).kept

        assert offsets(self.histories, topic, since) == [
            offset for expires_at, offset in kept if expires_at > now and offset > since
        ]

    @invariant()
    def positions_agree(self) -> None:
        assert len(self.histories) == len(self.model) <= self.MAX_TOPICS
        for topic in "abc":
            life = self.model.get(topic, Life())
            assert self.histories.position(topic) == Position(life.offset, life.epoch)


TestHistoryMachine = HistoryMachine.TestCase
