"""The performance guide's thresholds, and on which side of them a test ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loadtest.conditions import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold: its name in the guide, what is compared with it, and its value."""

    name: str
    meaning: str
    measure: str
    limit: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as people read it."""

    name: str
    meaning: str
    limit: str
    measured: str
    verdict: str


THRESHOLDS = (
    Threshold("MaxConnections", "connections", "connected", 1_000),
    Threshold("ScaleUpConnections", "connections", "connected", 800),
    Threshold("MaxMessagesPerSecond", "deliveries a second", "delivered/s", 1_000),
    Threshold("MaxLatency", "latency, p99", "p99", 0.100),
    Threshold("ScaleUpLatency", "latency, p50", "p50", 0.050),
)
# What only the server's own machine knows; it is not seen from outside.
OTHERS = (("MaxMemoryMB", "512"), ("MaxCPUPercent", "80"))


def rows(measures: Mapping[str, float | None]) -> list[Row]:
    """Return the table, each threshold with what was measured."""
    return [
        *(_row(threshold, measures[threshold.measure]) for threshold in THRESHOLDS),
        *(Row(name, "of the server", limit, "-", UNSEEN) for name, limit in OTHERS),
    ]


def _row(threshold: Threshold, value: float | None) -> Row:
    verdict = "not measured" if value is None else "above" if value > threshold.limit else "within"
    return Row(
        threshold.name,
        threshold.meaning,
        shown(threshold.measure, threshold.limit),
        shown(threshold.measure, value),
        verdict,
    )
