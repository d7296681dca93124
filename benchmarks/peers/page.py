"""The page of the documentation with the results: its figures are written by the run alone.

What stands between the two marks is replaced; what people wrote around them stays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.peers.chart import Bar, Panel, chart
from benchmarks.peers.results import ROOMS
from benchmarks.peers.sections import fan_out_section, machine_section, rooms_section, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.peers.results import Line

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"
PAGE = "performance.md"
FIGURES = "performance.json"
PICTURES = "images/performance"
_OURS = "Goby"


def write_page(results: Mapping[str, Any], docs: Path) -> Path:
    """Write figures and pictures, and set them into the page; return where that is."""
    page = docs / PAGE
    before, after = around(page, BEGIN, END)
    pictures = docs / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for name, picture in _pictures(results["tables"]):
        (pictures / f"{name}.svg").write_text(picture, encoding="utf-8")
    (docs / FIGURES).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    page.write_text(f"{before}\n\n{measured(results)}\n{after}", encoding="utf-8")
    return page


def around(page: Path, begin: str, end: str) -> tuple[str, str]:
    """Return what stands before and after the figures, each with its mark."""
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(
            f"{page.name} has lost its marks. Write {begin} and {end} where figures go."
        )
    return before + found, closed + after


def measured(results: Mapping[str, Any]) -> str:
    """Return what stands between the marks."""
    tables: Mapping[str, Sequence[Line]] = results["tables"]
    parts, seconds = [machine_section(results)], results["plan"]["seconds"]
    for scenario, lines in tables.items():
        picture = f"{PICTURES}/{_stem(scenario)}.svg"
        if scenario == ROOMS:
            parts.append(rooms_section(lines, picture))
        else:
            parts.append(fan_out_section(scenario, lines, picture, seconds=seconds))
    return "\n".join(parts)


def _stem(scenario: str) -> str:
    return scenario.replace(" ", "-")


def _pictures(tables: Mapping[str, Sequence[Line]]) -> Iterator[tuple[str, str]]:
    for scenario, lines in tables.items():
        if scenario == ROOMS:
            yield _stem(scenario), _rooms_chart(lines)
        else:
            yield _stem(scenario), _fan_out_chart(scenario, lines)


def _fan_out_chart(scenario: str, lines: Sequence[Line]) -> str:
    loads = sorted({line["inflight"] for line in lines})
    panels = [
        Panel(
            f"{load} in flight: deliveries a second",
            [_bar(line, "rate") for line in lines if line["inflight"] == load],
        )
        for load in loads
    ]
    return chart(f"{scenario}: deliveries a second of each server", panels)


def _rooms_chart(lines: Sequence[Line]) -> str:
    panels = [
        Panel("99th percentile of the latency, ms", [_bar(line, "p99_ms") for line in lines]),
        Panel("share of the core in use, %", [_bar(line, "server_busy", 100) for line in lines]),
    ]
    return chart("rooms: latency and load of each server", panels)


def _bar(line: Line, name: str, times: float = 1) -> Bar:
    value = line[name] * times
    return Bar(line["server"], value, short(value), ours=line["server"] == _OURS)
