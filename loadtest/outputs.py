"""Where a test's outcome goes: to the terminal, to a file of JSON, to a report."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loadtest.conditions import verdicts
from loadtest.files import write
from loadtest.report import html_of
from loadtest.summary import document, measures_of
from loadtest.tables import error_table, own_line, result_table, threshold_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from loadtest.conditions import Condition
    from loadtest.course import Outcome


def publish(
    outcome: Outcome,
    conditions: Sequence[Condition],
    *,
    console: Console,
    json_file: Path | None,
    html_file: Path | None,
) -> list[str]:
    """Show and write the outcome; return by which conditions the test failed, as sentences."""
    measures = measures_of(outcome)
    failures = verdicts(conditions, measures)
    console.print(result_table(outcome, measures))
    console.print(own_line(outcome))
    if outcome.tally.errors:
        console.print(error_table(outcome.tally.errors.most_common()))
    console.print(threshold_table(measures))
    found = document(outcome, measures, failures)
    write(json_file, json.dumps(found, indent=1) + "\n")
    now = datetime.now(UTC)
    write(html_file, html_of(outcome, measures, found, failures=failures, made_at=now))
    return failures
