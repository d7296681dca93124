"""The report's pictures: series become lines within a frame, gaps stay gaps."""

from __future__ import annotations

import pytest

from loadtest.plots import HEIGHT, WIDTH, nice, plot, plots_of
from loadtest.tally import Sample


def sample(at: float, p50: float | None = 0.001) -> Sample:
    return Sample(
        at=at,
        seconds=1.0,
        connected=10,
        sent=2,
        delivered=20,
        errors=0,
        p50=p50,
        p95=p50,
        p99=p50,
    )


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.3, 0.4), (1, 1), (1.1, 2), (42, 80), (81, 100), (4_000, 4_000)]
)
def test_axis_ends_with_a_round_number(value: float, top: float) -> None:
    assert nice(value) == pytest.approx(top)


def test_line_is_broken_where_nothing_was_measured() -> None:
    found = plot("Latency", {"p50": [(1.0, 1.0), (2.0, None), (3.0, 0.0), (4.0, 0.5)]})

    assert found.lines[0].parts == [
        f"{WIDTH / 4:.1f},0.0",
        f"{WIDTH * 3 / 4:.1f},{HEIGHT:.1f} {WIDTH:.1f},{HEIGHT / 2:.1f}",
    ]


def test_axes_are_labelled_from_nothing_to_the_end() -> None:
    found = plot("Connected", {"connected": [(60.0, 35_000.0)]})

    assert [tick.label for tick in found.down] == ["0", "10,000", "20,000", "30,000", "40,000"]
    assert [tick.label for tick in found.along] == ["0 s", "15 s", "30 s", "45 s", "60 s"]


def test_axis_of_little_has_fractions() -> None:
    found = plot("Errors", {"errors": [(60.0, 0.0)]})

    assert [tick.label for tick in found.down] == ["0", "0.25", "0.5", "0.75", "1"]


def test_long_test_has_no_more_points_than_can_be_seen() -> None:
    found = plots_of([sample(float(at)) for at in range(1, 10_001)])

    assert [len(each.lines) for each in found] == [1, 1, 1, 3, 1]
    assert all(len(each.lines[0].parts[0].split()) <= WIDTH for each in found)


def test_test_without_a_sample_has_empty_pictures() -> None:
    assert all(line.parts == [] for each in plots_of([]) for line in each.lines)
