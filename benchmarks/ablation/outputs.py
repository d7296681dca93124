"""The results for the eye, for a picture and for the page of the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.ablation.gains import figures_of, gains_of
from benchmarks.peers.chart import Bar, Panel, chart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.ablation.gains import Gain, Middle, Rounds

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"
CAPTION = "medians ± half of the spread"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, wherever it is shown: the first cell of each row is its name."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def sheets(rounds: Rounds) -> Iterator[Sheet]:
    """Yield the figures of each workload, apart for each number in flight."""
    for workload, variants in rounds.items():
        answered = {name: figures_of(each) for name, each in variants.items()}
        names = dict.fromkeys(name for each in answered.values() for name in each)
        for load in dict.fromkeys(name.rpartition(": ")[0] for name in names):
            shown = [name for name in names if name.rpartition(": ")[0] == load]
            yield Sheet(
                f"{workload}, {load} in flight" if load else workload,
                ("variant", *(name.rpartition(": ")[2] for name in shown)),
                [
                    (variant, *(_shown(figures[name]) for name in shown))
                    for variant, figures in answered.items()
                ],
            )


def tables(rounds: Rounds) -> Iterator[Table]:
    """Yield the figures of each workload, and the gains."""
    for sheet in (*sheets(rounds), _gains_sheet(gains_of(rounds))):
        table = Table(sheet.columns[0], title=sheet.title, caption=CAPTION)
        for column in sheet.columns[1:]:
            table.add_column(column, justify="right")
        for row in sheet.rows:
            table.add_row(*row)
        yield table


def picture(gains: list[Gain]) -> str:
    """Return the gains as bars, each beside the most that the guide expects."""
    panels = [
        Panel(
            f"{gain.optimisation}: {gain.figure}",
            [
                # A loss has no bar, but its number is written.
                Bar("measured", max(gain.percent, 0.0), f"{gain.percent:.0f} %", ours=True),
                Bar("guide", gain.expected[1], _expected(gain)),
            ],
        )
        for gain in gains
    ]
    return chart("What each optimisation gains, beside what the guide expects", panels)


def write_docs(page: Path, rounds: Rounds, machine: str) -> None:
    """Set gains and figures between the page's marks; raise `ValueError` if they are lost."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has lost its marks. Write {BEGIN} and {END} where figures go.")
    blocks = [f"{machine} Shown are {CAPTION}.", *_lines(_gains_sheet(gains_of(rounds)))]
    for sheet in sheets(rounds):
        blocks += ["", f"In the workload “{sheet.title}”:", *_lines(sheet)]
    text = "\n".join(blocks)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _lines(sheet: Sheet) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(sheet.columns)} |"
    yield f"|{' --- |' * len(sheet.columns)}"
    for row in sheet.rows:
        yield f"| {' | '.join(row)} |"


def _gains_sheet(gains: list[Gain]) -> Sheet:
    columns = ("optimisation", "figure", "on", "off", "gain", "guide")
    return Sheet("Gains", columns, [_cells(gain) for gain in gains])


def _cells(gain: Gain) -> tuple[str, ...]:
    return (
        gain.optimisation,
        gain.figure,
        _shown(gain.on),
        _shown(gain.off),
        f"{gain.percent:.0f} %",
        _expected(gain),
    )


def _expected(gain: Gain) -> str:
    return f"{gain.expected[0]} to {gain.expected[1]} %"


def _shown(middle: Middle) -> str:
    digits = 0 if middle.value >= 100 else 2
    return f"{middle.value:,.{digits}f} ± {middle.spread / 2:,.{digits}f}"
