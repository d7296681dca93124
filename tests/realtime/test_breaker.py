"""The circuit breaker: closed, open, half open, by a clock that the tests move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from realtime.breaker import Breaker
from tests.realtime.clock import Clock

LIMIT, REST = 3, 5.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(limit=LIMIT, rest=REST, clock=clock)


def ask(breaker: Breaker, *, well: bool) -> bool:
    """Ask once; return whether that was let through."""
    ticket = breaker.enter()
    if ticket is not None:
        breaker.leave(ticket, well=well)
    return ticket is not None


def opened(breaker: Breaker) -> Breaker:
    for _ in range(LIMIT):
        ask(breaker, well=False)
    assert breaker.state == "open"
    return breaker


def test_breaker_opens_after_so_many_bad_answers_in_a_row(breaker: Breaker) -> None:
    states = []
    for _ in range(LIMIT):
        ask(breaker, well=False)
        states.append(breaker.state)

    assert states == ["closed", "closed", "open"]


def test_good_answer_in_between_begins_the_count_anew(breaker: Breaker) -> None:
    for well in [False, False, True, False, False]:
        ask(breaker, well=well)

    assert breaker.state == "closed"


def test_open_breaker_lets_nobody_ask_until_it_has_rested(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)

    clock.now += REST - 0.001
    assert breaker.enter() is None
    clock.now += 0.001
    assert breaker.state == "half-open"
    assert breaker.enter() is not None


def test_half_open_breaker_lets_one_at_a_time_try(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += REST

    tickets = [breaker.enter() for _ in range(3)]

    assert [ticket is not None for ticket in tickets] == [True, False, False]
    assert breaker.state == "half-open"


def test_try_that_went_well_closes_it(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += REST

    ticket = breaker.enter()

    assert ticket is not None
    assert breaker.leave(ticket, well=True)
    assert breaker.state == "closed"
    assert ask(breaker, well=False)
    assert breaker.state == "closed"  # it counts from the beginning


def test_try_that_went_badly_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += REST

    ticket = breaker.enter()

    assert ticket is not None
    assert breaker.leave(ticket, well=False)
    assert breaker.state == "open"
    assert breaker.enter() is None


def test_try_without_an_answer_holds_up_the_next_no_longer_than_the_rest(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += REST
    lost = breaker.enter()
    clock.now += REST

    ticket = breaker.enter()

    assert lost is not None
    assert ticket is not None
    assert not breaker.leave(lost, well=True)  # too late to count
    assert breaker.state == "half-open"
    assert breaker.leave(ticket, well=True)


def test_answer_to_a_question_from_before_the_opening_does_not_close_it(breaker: Breaker) -> None:
    early = breaker.enter()
    opened(breaker)

    assert early is not None
    assert not breaker.leave(early, well=True)
    assert breaker.state == "open"


def test_closing_is_seen_by_who_asks_at_that_moment(
    breaker: Breaker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(breaker)
    clock.now += REST
    ticket = breaker.enter()
    assert ticket is not None

    class Closing:
        """A lock that somebody else held until they had closed the breaker."""

        def __enter__(self) -> None:
            breaker._lock = lock
            breaker.leave(ticket or 0, well=True)

        def __exit__(self, *details: object) -> None: ...

    lock: Any = breaker._lock
    monkeypatch.setattr(breaker, "_lock", Closing())

    assert breaker.enter() == ticket


def test_many_threads_find_one_try(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += REST

    with ThreadPoolExecutor(8) as threads:
        tickets = list(threads.map(lambda _: breaker.enter(), range(64)))

    assert sum(ticket is not None for ticket in tickets) == 1


class Machine(RuleBasedStateMachine):
    """Whoever asks and answers in whatever order, with whatever time between."""

    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(limit=LIMIT, rest=REST, clock=self.clock)
        self.opened_at: float | None = None
        self.bad_in_a_row = 0

    @rule(seconds=st.floats(0, 2 * REST))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(well=st.booleans())
    def ask(self, well: bool) -> None:  # noqa: FBT001 - hypothesis names its arguments
        was = self.breaker.state
        before = self.opened_at
        ticket = self.breaker.enter()
        if ticket is None:
            assert was != "closed"
            return
        self.breaker.leave(ticket, well=well)
        if was != "closed":
            assert before is not None
            assert self.clock.now >= before + REST
        self._note(well=well, was=was)

    @rule(target=tickets)
    def ask_without_an_answer_yet(self) -> int | None:
        was = self.breaker.state
        ticket = self.breaker.enter()
        if ticket is not None and was != "closed":
            self.opened_at = self.clock.now
        return ticket

    @rule(ticket=consumes(tickets), well=st.booleans())
    def answer(self, ticket: int | None, well: bool) -> None:  # noqa: FBT001 - as above
        if ticket is not None:
            was = self.breaker.state
            counts = ticket == self.breaker._turn
            changed = self.breaker.leave(ticket, well=well)
            assert counts or not changed
            if counts:
                self._note(well=well, was=was)

    @invariant()
    def it_is_open_after_the_limit_and_not_before(self) -> None:
        assert (self.breaker.state == "closed") == (self.bad_in_a_row < LIMIT)

    def _note(self, *, well: bool, was: str) -> None:
        self.bad_in_a_row = 0 if well else self.bad_in_a_row + 1
        if not well and (was != "closed" or self.bad_in_a_row >= LIMIT):
            self.opened_at = self.clock.now


TestBreakerAgainstItsModel = Machine.TestCase
