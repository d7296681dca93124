"""When a load test counts as failed: `--fail-if "p99>100ms"`.

A small, strict grammar: a measure, a comparison, a number with its unit. What is measured in time
has a unit, what is counted has none. A condition that was mistyped must not pass in silence.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loadtest.errors import LoadTestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TIMES = ("p50", "p90", "p95", "p99", "max")
COUNTS = (
    "connected",
    "not_connected",
    "sent",
    "delivered",
    "lost",
    "doubled",
    "refused",
    "resyncs",
    "errors",
)
RATES = ("sent/s", "delivered/s")
MEASURES = (*TIMES, *COUNTS, *RATES)

_UNITS = {"ms": 0.001, "s": 1.0}
_COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_GRAMMAR = re.compile(r"([a-z_0-9/]+) *(>=|<=|>|<) *([0-9]+(?:\.[0-9]+)?) *(ms|s|)")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `limit` is in seconds where the measure is a time."""

    text: str
    measure: str
    comparison: str
    limit: float

    def verdict(self, measures: Mapping[str, float | None]) -> str:
        """Return why the test failed by this condition, or an empty text."""
        value = measures[self.measure]
        if value is None:
            return f"{self.text}: {self.measure} could not be measured, since nothing arrived."
        if not _COMPARISONS[self.comparison](value, self.limit):
            return ""
        return f"{self.text}: {self.measure} was {shown(self.measure, value)}."


def parse(text: str) -> Condition:
    """Return the condition that is written so, or raise `LoadTestError`."""
    match = _GRAMMAR.fullmatch(text.strip())
    if match is None or match[1] not in MEASURES:
        raise _unreadable(text, f"The measures are {', '.join(MEASURES)}.")
    measure, comparison, number, unit = match.groups()
    if measure in TIMES and not unit:
        raise _unreadable(text, f"{measure} is a time: write ms or s behind the number.")
    if measure not in TIMES and unit:
        raise _unreadable(text, f"{measure} is counted: write the number alone.")
    return Condition(text.strip(), measure, comparison, float(number) * _UNITS.get(unit, 1.0))


def verdicts(conditions: Iterable[Condition], measures: Mapping[str, float | None]) -> list[str]:
    """Return a sentence for each condition by which the test failed."""
    return [said for each in conditions if (said := each.verdict(measures))]


def shown(measure: str, value: float | None) -> str:
    """Return a measured value as people read it."""
    if value is None:
        return "-"
    if measure in TIMES:
        return f"{value * 1000:,.1f} ms"
    return f"{value:,.1f}" if measure in RATES else f"{value:,.0f}"


def _unreadable(text: str, why: str) -> LoadTestError:
    return LoadTestError(
        f'"{text}" is no condition. Write a measure, one of > >= < <= and a number, such as '
        f'"p99>100ms" or "lost>0". {why}'
    )
