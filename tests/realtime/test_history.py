"""Histories: offsets that rise by one, bounds, and epochs that never lie."""

from __future__ import annotations

import types
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime import epochs
from realtime.exceptions import ConfigurationError
from realtime.history import History, HistoryStore, Page, Query, publish_at
from realtime.message import ClientInfo, Draft, Position
from realtime.shelf import PUBLICATION_COST
from tests.realtime.clock import Clock

KEEP = History(size=3, ttl=10)
ALL = Query(limit=100)


def draft(topic: str = "t", data: object = None) -> Draft:
    return Draft(topic=topic, data=data, json=b"null")


def store(*, max_topics: int = 100) -> tuple[HistoryStore, Clock]:
    clock = Clock()
    return HistoryStore(max_topics=max_topics, clock=clock), clock


def offsets(
    histories: HistoryStore, query: Query = ALL, *, topic: str = "t", keep: History = KEEP
) -> list[int]:
    page = histories.read(topic, keep, query)
    return [publication.offset for publication in page.publications]


@pytest.mark.parametrize(("size", "ttl"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_history_of_nothing_is_refused(size: int, ttl: float) -> None:
    with pytest.raises(ConfigurationError, match="at least 1 and a ttl of more than 0"):
        History(size=size, ttl=ttl)


def test_position_that_leaves_before_its_publications_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="meta_ttl is at least its ttl"):
        History(size=1, ttl=10, meta_ttl=9)


def test_unknown_topic_begins_a_life_when_it_is_asked_for() -> None:
    histories, _ = store()

    page = histories.read("t", KEEP, ALL)

    assert page.publications == ()
    assert page.top.offset == 0
    assert page.top.epoch
    assert histories.append(draft(), KEEP).epoch == page.top.epoch


def test_offsets_rise_by_one_within_an_epoch() -> None:
    histories, _ = store()

    made = [histories.append(draft(), KEEP) for _ in range(5)]

    assert [publication.offset for publication in made] == [1, 2, 3, 4, 5]
    assert len({publication.epoch for publication in made}) == 1
    assert histories.position("t", KEEP) == Position(5, made[0].epoch)


def test_topics_count_for_themselves_and_live_their_own_lives() -> None:
    histories, _ = store()

    one, other = histories.append(draft("a"), KEEP), histories.append(draft("b"), KEEP)

    assert one.offset == other.offset == 1
    assert one.epoch != other.epoch
    assert len(histories) == 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ALL, [3, 4, 5]),
        (Query(limit=2), [3, 4]),
        (Query(limit=2, reverse=True), [5, 4]),
        (Query(limit=9, since=3), [4, 5]),
        (Query(limit=1, since=3), [4]),
        (Query(limit=9, since=0), [3, 4, 5]),
        (Query(limit=9, since=5), []),
        (Query(limit=9, since=77), []),
        (Query(limit=9, since=5, reverse=True), [4, 3]),
        (Query(limit=9, since=3, reverse=True), []),
        (Query(limit=0), []),
        (Query(limit=0, since=3, reverse=True), []),
    ],
)
def test_history_returns_the_part_that_is_asked_for(query: Query, expected: list[int]) -> None:
    histories, _ = store()
    for _ in range(5):
        histories.append(draft(), KEEP)

    page = histories.read("t", KEEP, query)

    assert [publication.offset for publication in page.publications] == expected
    assert page.top.offset == 5


def test_publication_leaves_after_its_time_but_the_position_stays() -> None:
    histories, clock = store()
    first = histories.append(draft(), KEEP)
    clock.now += 6
    histories.append(draft(), KEEP)

    clock.now += 4

    assert offsets(histories) == [2]
    clock.now += 6
    assert offsets(histories) == []
    assert histories.position("t", KEEP) == Position(2, first.epoch)


def test_offsets_go_on_after_all_publications_left() -> None:
    histories, clock = store()
    first = histories.append(draft(), KEEP)
    clock.now += 20
    histories.append(draft("other"), KEEP)

    second = histories.append(draft(), KEEP)

    assert (second.offset, second.epoch) == (2, first.epoch)
    assert offsets(histories) == [2]


def test_topic_without_a_publication_for_long_begins_another_life() -> None:
    keep = History(size=3, ttl=10, meta_ttl=30)
    histories, clock = store()
    first = histories.append(draft(), keep)
    clock.now += 30

    again = histories.append(draft(), keep)
    assert again.offset == 1
    assert again.epoch != first.epoch
    assert offsets(histories, keep=keep) == [1]


def test_removed_publications_leave_the_position() -> None:
    histories, _ = store()
    first = histories.append(draft(), KEEP)

    histories.remove("t")
    histories.remove("unknown")

    assert offsets(histories) == []
    assert histories.append(draft(), KEEP).epoch == first.epoch
    assert offsets(histories) == [2]


def test_topic_beyond_the_limit_takes_the_place_of_the_oldest() -> None:
    histories, _ = store(max_topics=2)
    lost = histories.append(draft("a"), KEEP)
    histories.append(draft("b"), KEEP)
    histories.append(draft("c"), KEEP)

    assert len(histories) == 2
    assert offsets(histories, topic="a") == []
    again = histories.append(draft("a"), KEEP)
    assert again.offset == 1
    assert again.epoch != lost.epoch


def test_topic_that_was_published_to_is_not_the_oldest() -> None:
    histories, _ = store(max_topics=2)
    for topic in "abac":
        histories.append(draft(topic), KEEP)

    assert histories.position("b", KEEP).offset == 0
    assert histories.position("a", KEEP).offset == 2


def test_topic_that_was_asked_for_is_not_the_oldest() -> None:
    histories, _ = store(max_topics=2)
    for topic in "ab":
        histories.append(draft(topic), KEEP)
    histories.position("a", KEEP)

    histories.append(draft("c"), KEEP)

    assert histories.position("a", KEEP).offset == 1
    assert histories.position("b", KEEP).offset == 0
    assert histories.evicted == {"topics": 1}


def test_asking_for_made_up_topics_leaves_nothing() -> None:
    histories, _ = store(max_topics=2)
    kept = [histories.append(draft(topic), KEEP) for topic in "ab"]
    waiting = histories.position("waiting", KEEP)

    for number in range(50):
        histories.read(f"asked.{number}", KEEP, ALL)

    assert len(histories) == 2
    assert [histories.position(each.topic, KEEP).epoch for each in kept] == [
        each.epoch for each in kept
    ]
    assert histories.position("waiting", KEEP) == waiting == Position(0, waiting.epoch)
    assert not histories.evicted


def test_first_publication_goes_on_from_where_those_who_waited_for_it_are() -> None:
    histories, clock = store(max_topics=2)
    waiting = histories.position("t", KEEP)
    clock.now += 365 * 86_400

    assert histories.position("t", KEEP) == waiting
    assert histories.append(draft(), KEEP).epoch == waiting.epoch


def test_position_that_is_asked_for_is_kept() -> None:
    keep = History(size=3, ttl=10, meta_ttl=30)
    histories, clock = store()
    first = histories.append(draft(), keep)

    for _ in range(10):
        clock.now += 29
        assert histories.position("t", keep) == Position(1, first.epoch)

    clock.now += 30
    assert histories.position("t", keep).epoch != first.epoch


def test_history_that_ends_is_forgotten_and_none_that_never_began() -> None:
    histories, _ = store()
    first, waiting = histories.append(draft(), KEEP), histories.position("u", KEEP)

    histories.end("t")
    histories.end("u")

    assert histories.position("t", KEEP).epoch != first.epoch
    assert histories.position("u", KEEP) == waiting
    assert (len(histories), histories.size) == (0, 0)


def test_bytes_beyond_the_limit_cost_publications_but_no_position() -> None:
    histories = HistoryStore(max_topics=100, max_bytes=2 * PUBLICATION_COST + 50, clock=Clock())
    first = histories.append(draft("a"), KEEP)
    for topic in "bc":
        histories.append(draft(topic), KEEP)

    assert histories.size <= histories.max_bytes
    assert histories.read("a", KEEP, ALL) == Page((), Position(1, first.epoch))
    assert offsets(histories, topic="c") == [1]
    assert histories.evicted == {"bytes": 1}


# Where a topic was


def test_position_before_is_that_of_the_moment() -> None:
    histories, clock = store()
    for _ in range(3):
        clock.now += 2
        histories.append(draft(), KEEP)
    epoch = histories.position("t", KEEP).epoch

    found = {ago: histories.position_before("t", KEEP, ago) for ago in (0, 1, 3, 5, 50)}

    # The publication of the very moment counts as later: twice is harmless, never is not.
    assert {ago: at.offset for ago, at in found.items()} == {0: 2, 1: 2, 3: 1, 5: 0, 50: 0}
    assert {at.epoch for at in found.values()} == {epoch}


def test_position_before_of_an_unknown_topic_begins_its_life() -> None:
    histories, _ = store()

    assert histories.position_before("t", KEEP, 5) == histories.position("t", KEEP)


def test_position_before_is_told_for_a_quiet_topic_whose_publications_left() -> None:
    histories, clock = store()
    histories.append(draft(), KEEP)
    clock.now += 50
    histories.append(draft("other"), KEEP)
    assert offsets(histories) == []

    assert histories.position_before("t", KEEP, 5).offset == 1


@pytest.mark.parametrize(("ago", "expected"), [(0.5, 10), (1.5, 9), (3.5, 7), (4.5, 0), (99, 0)])
def test_position_before_is_the_start_when_more_came_since_than_is_kept(
    ago: float, expected: int
) -> None:
    histories, clock = store()
    for _ in range(10):
        histories.append(draft(), KEEP)
        clock.now += 1

    assert histories.position_before("t", KEEP, ago).offset == expected


def test_position_before_is_the_start_when_what_came_since_was_removed() -> None:
    histories, clock = store()
    histories.append(draft(), KEEP)
    clock.now += 5
    histories.append(draft(), KEEP)
    histories.remove("t")
    clock.now += 1

    assert histories.position_before("t", KEEP, 3).offset == 0
    assert histories.position_before("t", KEEP, 0.5).offset == 2


@given(
    st.lists(
        st.tuples(st.sampled_from(["publish", "remove", "ask"]), st.floats(0, 4)), max_size=20
    ),
    st.floats(0, 30),
)
def test_position_before_is_never_later_than_the_topic_was(
    steps: list[tuple[str, float]], ago: float
) -> None:
    histories, clock = store()
    published: list[float] = []
    for step, pause in steps:
        clock.now += pause
        if step == "publish":
            histories.append(draft(), KEEP)
            published.append(clock.now)
        elif step == "remove":
            histories.remove("t")
        else:
            histories.position("t", KEEP)

    found = histories.position_before("t", KEEP, ago)

    then = clock.now - ago
    assert found.offset <= sum(moment < then for moment in published)
    assert found.epoch == histories.position("t", KEEP).epoch
    if all(moment < then - 0.01 for moment in published):
        assert found.offset == len(published), "nothing came since"


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
    """What the model knows of one topic's life, which its first publication begins."""

    until: float
    epoch: str
    offset: int = 0
    kept: list[tuple[float, int]] = field(default_factory=list)


class HistoryMachine(RuleBasedStateMachine):
    """A store equals a dict of lists, and no position of a lost life comes back.

    Epochs are few here, so that topics share their generations: what ends one topic's life takes
    those along that share it and have no publication, and leaves all others alone.
    """

    MAX_TOPICS = 3
    GENERATIONS = 2
    KEEPS = types.MappingProxyType(
        {
            "a": History(size=2, ttl=4, meta_ttl=12),
            "b": History(size=3, ttl=20),
            "c": History(size=1, ttl=9, meta_ttl=9),
            "d": History(size=4, ttl=5, meta_ttl=50),
            "e": History(size=4, ttl=5, meta_ttl=50),
        }
    )
    TOPICS = st.sampled_from(sorted(KEEPS))

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(epochs, "GENERATIONS", self.GENERATIONS)
        self.histories, self.clock = store(max_topics=self.MAX_TOPICS)
        self.lives: dict[str, Life] = {}  # the one that goes next stands first
        self.ends: Counter[int] = Counter()  # by what topics share
        self.epochs: dict[tuple[str, int], str] = {}

    def teardown(self) -> None:
        self.patch.undo()

    @rule(topic=TOPICS)
    def append(self, topic: str) -> None:
        keep, now = self.KEEPS[topic], self.clock.now
        life = self.living(topic) or Life(now, self.epoch_of(topic))

        publication = self.histories.append(draft(topic), keep)

        assert publication.epoch == life.epoch
        assert publication.offset == life.offset + 1
        life.offset = publication.offset
        life.kept = [*life.kept, (now + keep.ttl, publication.offset)][-keep.size :]
        self.use(topic, life)
        while len(self.lives) > self.MAX_TOPICS:
            self.end(next(iter(self.lives)))

    @rule(
        topic=TOPICS,
        limit=st.integers(0, 5),
        since=st.none() | st.integers(0, 6),
        reverse=st.booleans(),
    )
    def read(self, topic: str, *, limit: int, since: int | None, reverse: bool) -> None:
        keep, now = self.KEEPS[topic], self.clock.now
        life = self.living(topic)

        query = Query(limit=limit, since=since, reverse=reverse)
        page = self.histories.read(topic, keep, query)

        if life is None:
            assert page == Page((), Position(0, self.epoch_of(topic)))
            return
        self.use(topic, life)
        assert page.top == Position(life.offset, life.epoch)
        kept = [offset for expires_at, offset in life.kept if expires_at > now]
        if reverse:
            found = [each for each in kept[::-1] if since is None or each < since]
        else:
            found = [each for each in kept if since is None or each > since]
        assert [publication.offset for publication in page.publications] == found[:limit]

    @rule(topic=TOPICS)
    def remove(self, topic: str) -> None:
        self.histories.remove(topic)
        if topic in self.lives:
            self.lives[topic].kept = []

    @rule(seconds=st.integers(1, 9))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.histories) == len(self.lives) <= self.MAX_TOPICS
        assert len(self.histories._shelf) <= len(self.lives)

    def living(self, topic: str) -> Life | None:
        life = self.lives.get(topic)
        if life is not None and life.until <= self.clock.now:
            self.end(topic)
            return None
        return life

    def use(self, topic: str, life: Life) -> None:
        life.until = self.clock.now + self.KEEPS[topic].meta_ttl
        self.lives.pop(topic, None)
        self.lives[topic] = life

    def end(self, topic: str) -> None:
        del self.lives[topic]
        self.ends[hash(topic) % self.GENERATIONS] += 1

    def epoch_of(self, topic: str) -> str:
        """Return the epoch in which a topic without publications is: always the same one."""
        life = (topic, self.ends[hash(topic) % self.GENERATIONS])
        if life not in self.epochs:
            found = self.histories.position(topic, self.KEEPS[topic]).epoch
            assert found not in self.epochs.values()
            self.epochs[life] = found
        return self.epochs[life]


TestHistoryMachine = HistoryMachine.TestCase
