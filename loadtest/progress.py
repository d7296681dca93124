"""The test as it goes, on a terminal; in a file or a pipe nothing is drawn."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

from loadtest.tables import progress_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from loadtest.tally import Sample, Tally


class Progress:
    """What is drawn now. It is drawn anew when there is something new, and not by a clock."""

    def __init__(self, live: Live | None, users: int) -> None:
        self._live = live
        self._users = users

    def say(self, sentence: str) -> None:
        """Show what is being done."""
        if self._live is not None:
            self._live.update(Text(sentence), refresh=True)

    def show(self, sample: Sample, tally: Tally) -> None:
        """Show the second that has just ended."""
        if self._live is not None:
            self._live.update(progress_table(sample, tally, self._users), refresh=True)


@contextmanager
def drawn_on(console: Console, users: int) -> Iterator[Progress]:
    """Draw progress on a console while the block runs, if somebody sees it."""
    if not console.is_terminal:
        yield Progress(None, users)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield Progress(live, users)
