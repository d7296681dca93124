"""Presence: who follows, told exactly, whatever the order in which they come, go and die."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime.catalog import Catalog, Options
from realtime.codecs import JSONCodec
from realtime.heartbeat import Heartbeat
from realtime.hub import Hub
from realtime.instrumentation import Instrumentation
from realtime.message import Change, ClientInfo
from realtime.presence import Presence, Stats
from realtime.router import Pattern
from realtime.subscribers import Subscribers
from realtime.terms import Override

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from types import FrameType

    from realtime.heartbeat import Timed
    from tests.realtime.clock import ClockLoop

T = TypeVar("T")

TTL = 60.0
SEEN = "seen.lobby"
QUIET = "quiet.lobby"


class TellingHub(Hub):
    """A hub that keeps what it announces."""

    def __init__(self, catalog: Catalog, counters: Instrumentation) -> None:
        super().__init__(
            codecs=[JSONCodec()],
            catalog=catalog,
            subscribers=Subscribers(instrumentation=counters),
            instrumentation=counters,
            noted=lambda: None,
        )
        self.changes: list[Change] = []

    def announce(self, change: Change) -> None:
        self.changes.append(change)
        super().announce(change)


class StillHeartbeat(Heartbeat):
    """A wheel that does not turn: it only knows when it should wake whom."""

    def __init__(self) -> None:
        super().__init__()
        self.delays: list[float] = []
        self.waiting = False

    def schedule(self, timed: Timed, delay: float) -> None:
        self.delays.append(delay)
        self.waiting = True

    def cancel(self, timed: Timed) -> None:
        self.waiting = False


def at_once(answer: Coroutine[None, None, T]) -> T:
    """Return what a coroutine that does not suspend returns."""
    try:
        answer.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("It suspended.")


class Place:
    """Presence with a clock and connections that the test moves."""

    def __init__(self, heartbeat: Heartbeat | None = None) -> None:
        self.now = 100.0
        self.dead: set[str] = set()
        self.counters = Instrumentation()
        self.heartbeat = StillHeartbeat()
        catalog = Catalog()
        catalog.add(Pattern("seen.{name}"), Options(presence=True, join_leave=True))
        catalog.add(Pattern("quiet.{name}"), Options(presence=True))
        catalog.add(Pattern("told.{name}"), Options(join_leave=True))
        catalog.add(Pattern("plain.{name}"), Options())
        self.hub = TellingHub(catalog, self.counters)
        self.presence = Presence(
            hub=self.hub,
            catalog=catalog,
            heartbeat=self.heartbeat if heartbeat is None else heartbeat,
            instrumentation=self.counters,
            alive=lambda client: client not in self.dead,
            ttl=TTL,
            clock=lambda: self.now,
        )

    def enter(self, client: str, *, user: str = "", topic: str = SEEN) -> ClientInfo:
        info = ClientInfo(user=user, client=client)
        self.presence.enter(topic, info)
        return info

    def wake(self) -> None:
        """Do as the heartbeat would."""
        self.heartbeat.waiting = False
        self.presence.expire()

    def members(self, topic: str = SEEN) -> Mapping[str, ClientInfo]:
        return at_once(self.presence.members(topic))

    def stats(self, topic: str = SEEN) -> Stats:
        return at_once(self.presence.stats(topic))

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(change.kind, change.info.client) for change in self.hub.changes]


def test_topic_that_nobody_follows_has_no_members() -> None:
    place = Place()

    assert place.members() == {}
    assert place.stats() == Stats(0, 0)


def test_members_are_by_client_in_the_order_in_which_they_came() -> None:
    place = Place()
    infos = [place.enter("b", user="1"), place.enter("a", user="1"), place.enter("c")]

    assert list(place.members().items()) == [(info.client, info) for info in infos]
    assert place.stats() == Stats(clients=3, users=2)


def test_members_are_the_askers_own() -> None:
    place = Place()
    place.enter("a")
    before = place.members()

    place.enter("b")

    assert list(before) == ["a"]


def test_several_clients_of_one_user_are_one_user_until_the_last_goes() -> None:
    place = Place()
    place.enter("a", user="1")
    place.enter("b", user="1")

    place.presence.leave(SEEN, "a")
    assert place.stats() == Stats(1, 1)
    place.presence.leave(SEEN, "b")

    assert place.stats() == Stats(0, 0)


def test_change_is_announced_once_after_it_happened() -> None:
    place = Place()
    info = place.enter("a")
    place.enter("a")
    place.presence.leave(SEEN, "a")
    place.presence.leave(SEEN, "a")

    assert place.hub.changes == [Change("join", SEEN, info), Change("leave", SEEN, info)]


@pytest.mark.parametrize(
    ("topic", "members", "told"),
    [
        ("seen.x", 1, ["join", "leave"]),
        ("quiet.x", 1, []),
        ("told.x", 1, ["join", "leave"]),
        ("plain.x", 0, []),
        ("nothing.x", 0, []),
    ],
)
def test_topic_gets_what_it_was_declared_with(topic: str, members: int, told: list[str]) -> None:
    place = Place()

    place.enter("a", topic=topic)
    found = len(place.members(topic))
    place.presence.leave(topic, "a")

    assert found == members
    assert [change.kind for change in place.hub.changes] == told
    assert len(place.presence) == 0


def test_leave_of_one_topic_leaves_the_others() -> None:
    place = Place()
    place.enter("a")
    place.enter("a", topic=QUIET)

    place.presence.leave(SEEN, "a")

    assert list(place.members(QUIET)) == ["a"]
    assert len(place.presence) == 1


# Leases


def test_member_whose_connection_lives_stays_for_ever() -> None:
    place = Place()
    place.enter("a")

    for _ in range(5):
        place.now += TTL
        place.wake()

    assert list(place.members()) == ["a"]
    assert place.counters.presence_expired == 0


def test_member_that_died_without_a_word_leaves_all_its_topics_once() -> None:
    place = Place()
    place.enter("a")
    place.enter("a", topic=QUIET)
    place.enter("b")
    place.dead.add("a")

    place.now += TTL
    place.wake()
    place.presence.leave(SEEN, "a")  # its connection wakes up after all

    assert place.told == [("join", "a"), ("join", "b"), ("leave", "a")]
    assert list(place.members()) == ["b"]
    assert place.members(QUIET) == {}
    assert place.counters.presence_expired == 1


def test_place_where_all_died_is_empty_and_wakes_no_more() -> None:
    place = Place()
    place.enter("a")
    place.enter("b")
    place.dead.update("ab")

    place.now += TTL
    place.wake()

    assert place.stats() == Stats(0, 0)
    assert len(place.presence) == 0
    assert not place.heartbeat.waiting


def test_lease_that_has_not_ended_is_not_looked_at() -> None:
    place = Place()
    place.enter("a")
    place.now += TTL / 2
    place.enter("b")
    place.dead.update("ab")

    place.now += TTL / 2
    place.wake()

    assert list(place.members()) == ["b"]
    assert place.heartbeat.delays[-1] == TTL / 2


def test_wheel_is_asked_for_one_entry_and_only_while_somebody_is_there() -> None:
    place = Place()
    waiting = [place.heartbeat.waiting]

    for client in "abc":
        place.enter(client)
    waiting.append(place.heartbeat.waiting)
    for client in "abc":
        place.presence.leave(SEEN, client)
        waiting.append(place.heartbeat.waiting)

    assert waiting == [False, True, True, True, False]
    assert place.heartbeat.delays == [TTL]


async def test_silent_death_is_noticed_within_the_ttl(clock: ClockLoop) -> None:
    place = Place(Heartbeat())
    place.presence.clock = clock.time
    place.enter("a")
    place.enter("b")
    await asyncio.sleep(TTL / 2)
    place.dead.add("a")

    await asyncio.sleep(TTL / 2 + 2)

    assert list(await place.presence.members(SEEN)) == ["b"]
    assert len(place.presence.heartbeat) == 1


# Cost


def calls_of_entering(place: Place, client: str) -> int:
    """Return how many functions, of Python and C, run while a client enters and leaves."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    info = ClientInfo(user=client, client=client)
    gc.disable()  # what a collection calls is not this function's doing
    sys.setprofile(count)
    try:
        place.presence.enter(QUIET, info)
        place.presence.leave(QUIET, client)
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


def test_entering_costs_the_same_however_many_are_there() -> None:
    place = Place()
    place.enter("first", topic=QUIET)
    among_few = calls_of_entering(place, "x")

    for number in range(5000):
        place.enter(f"c{number}", user=f"u{number % 1000}", topic=QUIET)
    among_many = calls_of_entering(place, "x")

    assert among_many == among_few
    assert place.stats(QUIET) == Stats(5001, 1001)


# Anything, in any order

TOPICS = st.sampled_from([SEEN, "seen.other", QUIET])
CLIENTS = st.sampled_from([f"{user}-{number}" for user in ("", "1", "2") for number in range(3)])


class PresenceMachine(RuleBasedStateMachine):
    """Presence beside a model: a set of pairs, and when each connection was last looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Place()
        self.model: set[tuple[str, str]] = set()
        self.ends: dict[str, float] = {}
        self.changes: Counter[tuple[str, str, str]] = Counter()

    def gone(self, topic: str, client: str) -> None:
        self.model.discard((topic, client))
        if topic != QUIET:
            self.changes["leave", topic, client] += 1
        if not any(present == client for _, present in self.model):
            del self.ends[client]

    @rule(topic=TOPICS, client=CLIENTS)
    def enter(self, topic: str, client: str) -> None:
        self.place.dead.discard(client)
        self.place.enter(client, user=client.partition("-")[0], topic=topic)
        if (topic, client) not in self.model:
            self.model.add((topic, client))
            self.ends.setdefault(client, self.place.now + TTL)
            self.changes["join", topic, client] += topic != QUIET

    @rule(topic=TOPICS, client=CLIENTS)
    def leave(self, topic: str, client: str) -> None:
        self.place.presence.leave(topic, client)
        if (topic, client) in self.model:
            self.gone(topic, client)

    @rule(client=CLIENTS)
    def die(self, client: str) -> None:
        self.place.dead.add(client)

    @rule(seconds=st.sampled_from([1.0, 20.0, TTL, 100.0]))
    def wait(self, seconds: float) -> None:
        self.place.now += seconds
        if not self.place.heartbeat.waiting:
            return
        self.place.wake()
        for client in [each for each, end in self.ends.items() if end <= self.place.now]:
            if client not in self.place.dead:
                self.ends[client] = self.place.now + TTL
                continue
            for topic in [topic for topic, present in self.model if present == client]:
                self.gone(topic, client)

    @invariant()
    def presence_is_the_model(self) -> None:
        for topic in (SEEN, "seen.other", QUIET):
            present = {client for follows, client in self.model if follows == topic}
            users = {client.partition("-")[0] for client in present}
            assert set(self.place.members(topic)) == present
            assert self.place.stats(topic) == Stats(len(present), len(users))
        assert len(self.place.presence) == len(self.ends)
        assert self.place.heartbeat.waiting == bool(self.ends)

    @invariant()
    def each_change_was_told_once(self) -> None:
        told = Counter(
            (change.kind, change.topic, change.info.client) for change in self.place.hub.changes
        )
        assert told == +self.changes

    def teardown(self) -> None:
        for topic, client in list(self.model):
            self.place.presence.leave(topic, client)
        assert len(self.place.presence) == 0
        assert not self.place.presence._rooms
        assert not self.place.heartbeat.waiting


TestPresenceMachine = PresenceMachine.TestCase


# Overrides


@pytest.mark.parametrize(
    ("override", "topic", "members", "told"),
    [
        (Override(presence=False), "seen.x", 0, ["join", "leave"]),
        (Override(join_leave=False), "seen.x", 1, []),
        (Override(presence=False, join_leave=False), "seen.x", 0, []),
        (Override(presence=True, join_leave=True), "seen.x", 1, ["join", "leave"]),
        (Override(presence=False), "quiet.x", 0, []),
        (Override(join_leave=False), "quiet.x", 1, []),
        (Override(join_leave=False, presence=False), "told.x", 0, []),
        (Override(presence=True, join_leave=True), "plain.x", 0, []),
    ],
    ids=repr,
)
def test_override_hides_a_client_and_shows_no_more_than_the_topic_does(
    override: Override, topic: str, members: int, told: list[str]
) -> None:
    place = Place()

    for _ in range(2):
        place.presence.enter(topic, ClientInfo(user="7", client="a"), override)
    found = len(place.members(topic)), place.stats(topic)
    for _ in range(2):
        place.presence.leave(topic, "a")

    assert found == (members, Stats(members, members))
    assert [change.kind for change in place.hub.changes] == told
    assert place.stats(topic) == Stats(0, 0)


def test_uncounted_client_that_died_is_announced_as_gone() -> None:
    place = Place()
    place.presence.enter(SEEN, ClientInfo(user="", client="a"), Override(presence=False))
    place.dead.add("a")

    place.now += TTL
    place.wake()

    assert place.told == [("join", "a"), ("leave", "a")]
    assert len(place.presence) == 0
    assert place.counters.presence_expired == 1


def test_silent_client_may_come_back_aloud() -> None:
    place = Place()
    silent = Override(join_leave=False)
    place.enter("other")
    place.presence.enter(SEEN, ClientInfo(user="", client="a"), silent)
    place.presence.leave(SEEN, "a")

    place.enter("a")
    place.presence.leave(SEEN, "a")

    assert place.told == [("join", "other"), ("join", "a"), ("leave", "a")]


def test_watchers_hear_of_everybody_who_counts_and_their_defects_keep_nobody_away() -> None:
    place, heard = Place(), []

    def broken(change: Change) -> None:
        raise RuntimeError("Not today.")

    place.presence.watchers = [broken, lambda change: heard.append((change.kind, change.topic))]
    place.enter("a", topic="quiet.x")
    place.presence.enter(SEEN, ClientInfo(user="", client="b"), Override(presence=False))
    place.presence.leave("quiet.x", "a")

    assert heard == [("join", "quiet.x"), ("leave", "quiet.x")]
    assert place.counters.failures["presence watcher"] == 2
