"""The results for the eye, for a picture and for the page of the documentation."""

from __future__ import annotations

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


def tables(rounds: Rounds) -> Iterator[Table]:
    """Yield tables of each workload, one for each number in flight, and one of the gains."""
    for workload, variants in rounds.items():
        answered = {name: figures_of(each) for name, each in variants.items()}
        names = dict.fromkeys(name for each in answered.values() for name in each)
        for load in dict.fromkeys(name.rpartition(": ")[0] for name in names):
            columns = [name for name in names if name.rpartition(": ")[0] == load]
            title = f"{workload}, {load} in flight" if load else workload
            table = Table("variant", title=title, caption="medians ± half of the spread")
            for name in columns:
                table.add_column(name.rpartition(": ")[2], justify="right")
            for variant, figures in answered.items():
                table.add_row(variant, *(_shown(figures[name]) for name in columns))
            yield table
    table = Table("optimisation", "figure", "on", "off", "gain", "guide", title="Gains")
    for gain in gains_of(rounds):
        table.add_row(*_cells(gain))
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


def write_docs(page: Path, gains: list[Gain], machine: str) -> None:
    """Set the gains between the two marks of the page; raise `ValueError` if they are lost."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has lost its marks. Write {BEGIN} and {END} where figures go.")
    lines = [
        f"{machine}\n",
        "| optimisation | figure | on | off | gain | guide |",
        "| --- | --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(_cells(gain))} |" for gain in gains),
    ]
    text = "\n".join(lines)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


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
