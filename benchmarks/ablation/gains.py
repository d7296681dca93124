"""What the figures of several rounds say: medians, how far they lie apart, and gains."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.ablation.figures import Figures
from benchmarks.ablation.trials import ON, QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.ablation.trials import Question

Rounds = dict[str, dict[str, list[Figures]]]  # workload -> variant -> rounds


@dataclass(frozen=True, slots=True)
class Middle:
    """The median of some values, and the distance between the least and the greatest."""

    value: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """An optimisation's gain in percent, beside what the guide expects."""

    optimisation: str
    figure: str
    on: Middle
    off: Middle
    percent: float
    expected: tuple[int, int]


def middle_of(values: Sequence[float]) -> Middle:
    """Return the median and the spread of at least one value."""
    return Middle(median(values), max(values) - min(values))


def figures_of(rounds: Sequence[Figures]) -> dict[str, Middle]:
    """Return the median of each figure over the rounds."""
    return {name: middle_of([each[name] for each in rounds]) for name in rounds[0]}


def gains_of(rounds: Mapping[str, Mapping[str, Sequence[Figures]]]) -> list[Gain]:
    """Return the gain of each optimisation that was measured on and off."""
    gains = []
    for question in QUESTIONS:
        variants = rounds.get(question.workload, {})
        if variants.get(ON) and variants.get(question.optimisation):
            gains.append(_gain(question, variants))
    return gains


def _gain(question: Question, variants: Mapping[str, Sequence[Figures]]) -> Gain:
    on = figures_of(variants[ON])[question.figure]
    off = figures_of(variants[question.optimisation])[question.figure]
    share = on.value / off.value if off.value else 1.0
    return Gain(
        optimisation=question.optimisation,
        figure=question.figure,
        on=on,
        off=off,
        percent=100 * (share - 1 if question.more_is_better else 1 - share),
        expected=question.expected,
    )
