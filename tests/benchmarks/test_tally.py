"""The load's bookkeeping: who has what, when everybody has it, and what is missing."""

from __future__ import annotations

import pytest

from benchmarks.tally import Tally, percentile


class Reader:
    """Moves through the tally as a subscriber's frame handler does."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.newest = 0

    def receive(self, newest: int, messages: int) -> None:
        previous, self.newest = self.newest, newest
        self.tally.delivered += messages
        self.tally.at[newest] += 1
        self.tally.at[previous] -= 1
        if previous == self.tally.floor and not self.tally.at[previous]:
            self.tally.rise()


def test_floor_rises_when_the_last_one_has_the_message() -> None:
    tally = Tally(2)
    first, second = Reader(tally), Reader(tally)
    tally.publishing()
    first.receive(1, 1)
    assert (tally.floor, tally.settled.is_set()) == (0, False)
    second.receive(1, 1)
    assert (tally.floor, tally.settled.is_set()) == (1, True)
    assert len(tally.complete) == 1


def test_floor_rises_over_several_messages_of_one_frame() -> None:
    tally = Tally(2)
    first, second = Reader(tally), Reader(tally)
    for _ in range(3):
        tally.publishing()
    first.receive(3, 3)
    second.receive(2, 2)
    assert tally.floor == 2
    second.receive(3, 1)
    assert tally.floor == 3
    assert tally.missing == 0


def test_on_floor_is_called_when_everybody_has_it() -> None:
    tally = Tally(1)
    reader = Reader(tally)
    seen: list[int] = []
    tally.on_floor = lambda: seen.append(tally.floor)
    tally.publishing()
    reader.receive(1, 1)
    assert seen == [1]


def test_missing_counts_messages_that_were_skipped() -> None:
    tally = Tally(1)
    reader = Reader(tally)
    tally.publishing()
    tally.publishing()
    reader.receive(2, 1)
    assert tally.missing == 1


def test_forget_waits_no_longer_for_who_stopped_reading() -> None:
    tally = Tally(2)
    reader, lazy = Reader(tally), Reader(tally)
    tally.publishing()
    reader.receive(1, 1)
    tally.forget(lazy.newest)
    assert (tally.floor, tally.missing) == (1, 0)
    tally.publishing()
    reader.receive(2, 1)
    assert (tally.floor, tally.missing) == (2, 0)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.99, 5.0), (1.0, 5.0)])
def test_percentile_of_values_in_any_order(share: float, expected: float) -> None:
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], share) == expected


def test_percentile_of_nothing_is_zero() -> None:
    assert percentile([], 0.5) == 0.0
