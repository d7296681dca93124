"""The report as one file of HTML: tables and pictures, nothing from elsewhere and no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from loadtest.conditions import shown
from loadtest.plots import HEIGHT, WIDTH, plots_of
from loadtest.tables import NAMES
from loadtest.thresholds import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from loadtest.course import Outcome


def html_of(
    outcome: Outcome,
    measures: Mapping[str, float | None],
    document: Mapping[str, Any],
    *,
    failures: Sequence[str],
    made_at: datetime,
) -> str:
    """Return the report of a test."""
    context = {
        "plan": document["plan"],
        "socket": NAMES[outcome.plan.socket],
        "interrupted": outcome.interrupted,
        "seconds": outcome.seconds,
        "made_at": f"{made_at:%Y-%m-%d %H:%M} UTC",
        "measures": [(name, shown(name, value)) for name, value in measures.items()],
        "expected": f"{outcome.balance.expected:,}",
        "recovered": f"{outcome.tally.recovered:,}",
        "unanswered": f"{outcome.balance.unanswered:,}",
        "thresholds": rows(measures),
        "errors": list(document["errors"].items()),
        "failures": failures,
        "busy": f"{outcome.busy:.0%}",
        "behind": shown("p99", outcome.tally.behind.percentile(0.99)),
        "plots": plots_of(outcome.tally.samples),
        "began": _began_at(outcome),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render_to_string("loadtest/report.html", context)


def _began_at(outcome: Outcome) -> str:
    """Return where in the pictures the first message was due."""
    end = max((sample.at for sample in outcome.tally.samples), default=0.0) or 1.0
    return f"{min(1.0, outcome.began_at / end) * WIDTH:.1f}"
