"""Lines for the report: series as the points of SVG polylines, in a frame of fixed size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtest.tally import Sample

WIDTH, HEIGHT = 720, 200
# More points than pixels cannot be seen.
_MOST_POINTS = WIDTH
_GRID = 4

Points = list[tuple[float, float | None]]


@dataclass(frozen=True, slots=True)
class Line:
    """A series: its name, its colour's number, and a polyline for each part without a gap."""

    name: str
    colour: int
    parts: list[str]


@dataclass(frozen=True, slots=True)
class Tick:
    """A number at an axis, and where it stands."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture."""

    title: str
    lines: list[Line]
    down: list[Tick]  # the horizontal lines, from the lowest
    along: list[Tick]


def plots_of(samples: Sequence[Sample]) -> list[Plot]:
    """Return the report's pictures, each over the whole test."""
    kept = samples[:: math.ceil(len(samples) / _MOST_POINTS) or 1]

    def series(**values: list[float | None]) -> dict[str, Points]:
        return {
            name.replace("_", " "): [
                (sample.at, value) for sample, value in zip(kept, each, strict=True)
            ]
            for name, each in values.items()
        }

    def rate(counts: list[int]) -> list[float | None]:
        return [count / (each.seconds or 1.0) for count, each in zip(counts, kept, strict=True)]

    def ms(times: list[float | None]) -> list[float | None]:
        return [None if time is None else time * 1000 for time in times]

    return [
        plot("Connected", series(connected=[float(each.connected) for each in kept])),
        plot("Delivered a second", series(delivered=rate([each.delivered for each in kept]))),
        plot("Sent a second", series(sent=rate([each.sent for each in kept]))),
        plot(
            "Latency in milliseconds",
            series(
                p50=ms([each.p50 for each in kept]),
                p95=ms([each.p95 for each in kept]),
                p99=ms([each.p99 for each in kept]),
            ),
        ),
        plot("Errors a second", series(errors=rate([each.errors for each in kept]))),
    ]


def plot(title: str, series: dict[str, Points]) -> Plot:
    """Return a picture of series that share both axes, which begin at 0."""
    points = [point for each in series.values() for point in each]
    end = max((at for at, _ in points), default=0.0) or 1.0
    top = nice(max((value for _, value in points if value is not None), default=0.0))
    lines = [
        Line(name, number, _parts(each, end=end, top=top))
        for number, (name, each) in enumerate(series.items())
    ]
    shares = [step / _GRID for step in range(_GRID + 1)]
    return Plot(
        title,
        lines,
        [Tick(HEIGHT * (1 - share), label(top * share)) for share in shares],
        [Tick(WIDTH * share, f"{end * share:,.0f} s") for share in shares],
    )


def nice(value: float) -> float:
    """Return the next of 1, 2, 4 and 8 times a power of ten, at least as high as the value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 4, 8) if value <= step * power), 10 * power)


def label(value: float) -> str:
    """Return a number at an axis."""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:g}"


def _parts(points: Points, *, end: float, top: float) -> list[str]:
    parts: list[list[str]] = [[]]
    for at, value in points:
        if value is None:
            parts.append([])
        else:
            parts[-1].append(f"{at / end * WIDTH:.1f},{(1 - value / top) * HEIGHT:.1f}")
    return [" ".join(part) for part in parts if part]
