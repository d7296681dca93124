"""What the terminal shows while a test runs, and that a file shows nothing of it."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from loadtest.ledger import Ledger
from loadtest.progress import drawn_on
from loadtest.tables import progress_table
from loadtest.tally import Tally


def running_tally() -> Tally:
    tally = Tally(Ledger(("lobby",)))
    for _ in range(30):
        tally.enter()
        tally.ledger.arrive(tally.ledger.send(0), 0, bytearray())
        tally.wait(2_000)
    tally.fail("connection refused")
    return tally


def test_second_is_shown_with_rates_percentiles_and_errors() -> None:
    tally, file = running_tally(), StringIO()
    console = Console(file=file, width=120)
    console.print(progress_table(tally.sample(2.0), tally, 40))

    shown = file.getvalue()
    assert "30 of 40" in shown
    assert shown.count("15 ") == 2, "both rates, over two seconds"
    assert shown.count("2.0 ms") == 3
    assert "1 x connection refused" in shown


def test_progress_is_drawn_on_a_terminal() -> None:
    tally, file = running_tally(), StringIO()
    with drawn_on(Console(file=file, force_terminal=True, width=120), 40) as progress:
        progress.say("Letting 20 guests in ...")
        progress.show(tally.sample(1.0), tally)

    assert "Letting 20 guests in ..." in file.getvalue()
    assert "30 of 40" in file.getvalue()


def test_nothing_is_drawn_into_a_file() -> None:
    tally, file = running_tally(), StringIO()
    with drawn_on(Console(file=file, force_terminal=False), 40) as progress:
        progress.say("Letting 20 guests in ...")
        progress.show(tally.sample(1.0), tally)

    assert file.getvalue() == ""
