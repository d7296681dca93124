"""The histogram: percentiles that are never flattering, in a fixed space."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.histogram import Histogram


def histogram_of(times: list[int]) -> Histogram:
    found = Histogram()
    for time in times:
        found.add(time)
    return found


@given(
    times=st.lists(st.integers(1, 100_000_000), min_size=1),
    share=st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.99, 1.0]),
)
def test_percentile_is_the_exact_one_or_at_most_one_per_cent_more(
    times: list[int], share: float
) -> None:
    exact = sorted(times)[max(0, ceil(share * len(times)) - 1)]

    found = histogram_of(times).percentile(share)

    assert found is not None
    assert exact * 0.999_999 <= found * 1e6 <= exact * 1.0102


def test_nothing_has_no_percentile_and_no_maximum() -> None:
    assert (Histogram().percentile(0.99), Histogram().maximum) == (None, None)


def test_maximum_is_exact() -> None:
    assert histogram_of([10, 123_457, 90]).maximum == pytest.approx(0.123457)


def test_impossible_times_do_not_break_it_and_take_no_space() -> None:
    found = histogram_of([-5, 0, 10**15])

    assert len(found.counts) == len(Histogram().counts)
    assert found.total == 3
    assert found.percentile(0.5) == pytest.approx(1e-6, rel=0.02)
