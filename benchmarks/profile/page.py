"""Where the time goes, for the terminal and for the page of the documentation."""

from __future__ import annotations

import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.peers.page import PAGE, around
from benchmarks.peers.results import machine
from benchmarks.peers.sections import grid, measured_on, paragraph
from benchmarks.profile.parts import Part, percents
from benchmarks.profile.sampler import RATE
from realtime.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.machine import Cores
    from benchmarks.profile.workloads import Profile

BEGIN = "<!-- profile: begin -->"
END = "<!-- profile: end -->"
_PACKAGES = ("uvicorn", "uvloop", "websockets", "orjson", "py-spy")


def table(profiles: Sequence[Profile]) -> Table:
    """Return the shares for the terminal."""
    shown = Table(title="Where the time goes", box=SIMPLE_HEAD, show_edge=False)
    shown.add_column("part")
    for each in profiles:
        shown.add_column(each.name, justify="right")
    for row in _rows(profiles):
        shown.add_row(*row)
    return shown


def write_page(profiles: Sequence[Profile], cores: Cores, docs: Path) -> Path:
    """Set the shares between the marks of the page; return where that is."""
    page = docs / PAGE
    before, after = around(page, BEGIN, END)
    page.write_text(f"{before}\n\n{measured(profiles, cores)}\n\n{after}", encoding="utf-8")
    return page


def measured(profiles: Sequence[Profile], cores: Cores) -> str:
    """Return what stands between the marks."""
    results = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "goby": VERSION,
        "machine": machine(cores),
    }
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    counts = ", ".join(f"{each.samples.total():,} ({each.name})" for each in profiles)
    where = paragraph(
        f"{measured_on(results)} With {versions}; {RATE} samples a second while the server was "
        f"busy: {counts}."
    )
    heads = ["share of the server's time", *(each.name for each in profiles)]
    return "\n".join([where, *grid(heads, _rows(profiles))])


def _rows(profiles: Sequence[Profile]) -> Iterator[list[str]]:
    rounded = [percents(each.shares) for each in profiles]
    for part in Part:
        if any(each[part] for each in rounded):
            yield [part, *(f"{each[part]} %" for each in rounded)]
