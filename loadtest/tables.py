"""What the terminal shows: the test as it goes, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from loadtest.conditions import shown
from loadtest.thresholds import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loadtest.course import Outcome
    from loadtest.tally import Sample, Tally

NAMES = {"html": "HTML", "data": "Data"}
_SHOWN_ERRORS = 8


def progress_table(sample: Sample, tally: Tally, users: int) -> Table:
    """Return the last second in one line, and the errors so far below it."""
    table = Table(caption=_errors_line(tally) or None, caption_justify="left")
    seconds = sample.seconds or 1.0
    cells = {
        "time": f"{sample.at:,.0f} s",
        "connected": f"{sample.connected:,} of {users:,}",
        "sent/s": f"{sample.sent / seconds:,.0f}",
        "delivered/s": f"{sample.delivered / seconds:,.0f}",
        "p50": shown("p50", sample.p50),
        "p95": shown("p95", sample.p95),
        "p99": shown("p99", sample.p99),
        "doubled": f"{tally.ledger.doubled:,}",
        "errors": f"{tally.errors.total():,}",
    }
    for name in cells:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(*cells.values())
    return table


def result_table(outcome: Outcome, measures: Mapping[str, float | None]) -> Table:
    """Return every measure of the test."""
    plan = outcome.plan
    state = "interrupted after" if outcome.interrupted else "for"
    table = Table(
        title=f"{plan.users:,} users on the {NAMES[plan.socket]} socket "
        f"{state} {outcome.seconds:,.0f} s"
    )
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in measures.items():
        table.add_row(name, shown(name, value))
    table.add_row("expected", f"{outcome.balance.expected:,}")
    table.add_row("recovered", f"{outcome.tally.recovered:,}")
    table.add_row("unanswered", f"{outcome.balance.unanswered:,}")
    return table


def threshold_table(measures: Mapping[str, float | None]) -> Table:
    """Return the guide's thresholds beside what was measured."""
    table = Table(title="The guide's thresholds")
    for name in ("threshold", "meaning"):
        table.add_column(name)
    for name in ("limit", "measured"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for row in rows(measures):
        table.add_row(row.name, row.meaning, row.limit, row.measured, row.verdict)
    return table


def error_table(errors: Sequence[tuple[str, int]]) -> Table:
    """Return the errors by kind, the most frequent first."""
    table = Table(title="Errors")
    table.add_column("kind")
    table.add_column("count", justify="right")
    for kind, count in errors:
        table.add_row(kind, f"{count:,}")
    return table


def _errors_line(tally: Tally) -> str:
    common = tally.errors.most_common(_SHOWN_ERRORS)
    return "\n".join(f"{count:,} x {kind}" for kind, count in common)


def own_line(outcome: Outcome) -> str:
    """Return whether the load itself was in time: if not, it was the bottleneck."""
    behind = shown("p99", outcome.tally.behind.percentile(0.99))
    return (
        f"This process used {outcome.busy:.0%} of its core, and sent 99 of 100 messages within "
        f"{behind} of when they were due."
    )
