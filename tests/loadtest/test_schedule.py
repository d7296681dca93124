"""The schedule: fixed before the test, whatever the server does."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean

import pytest

from loadtest.schedule import even, thoughtful


def test_even_schedule_gives_each_user_a_turn_at_equal_distances() -> None:
    found = list(even(rate=4, seconds=1.5, users=3))

    assert found == [(0.0, 0), (0.25, 1), (0.5, 2), (0.75, 0), (1.0, 1), (1.25, 2)]


def test_nobody_says_anything_at_a_rate_of_nothing() -> None:
    assert list(even(rate=0, seconds=60, users=3)) == []


def test_thoughtful_schedule_rises_ends_in_time_and_can_be_repeated() -> None:
    found = list(thoughtful(think=2, seconds=30, users=10, seed=7))

    assert found == list(thoughtful(think=2, seconds=30, users=10, seed=7))
    assert found != list(thoughtful(think=2, seconds=30, users=10, seed=8))
    assert all(0 < one[0] < other[0] < 30 for one, other in pairwise(found))
    assert {who for _, who in found} == set(range(10))


def test_each_user_thinks_for_as_long_as_asked_on_average() -> None:
    times: dict[int, list[float]] = {}
    for at, who in thoughtful(think=5, seconds=10_000, users=4, seed=1):
        times.setdefault(who, []).append(at)

    pauses = [after - before for each in times.values() for before, after in pairwise(each)]

    assert mean(pauses) == pytest.approx(5, rel=0.05)
