"""The result of a run: tables for the eye, JSON for a file."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from math import isfinite
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from benchmarks.findings import Finding, Row
    from benchmarks.machine import Cores
    from benchmarks.plan import Plan

_PACKAGES = (
    *("django", "channels", "daphne", "uvicorn", "uvloop", "websockets"),
    *("orjson", "protobuf", "picows"),
)
_OWN_CORE = 0.7  # a server under full load that had less than this of its core was robbed


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a run found out; `raw` is what the processes said, by scenario and key."""

    plan: Plan
    cores: Cores
    rows: Sequence[Row]
    findings: Sequence[Finding]
    failures: Sequence[str]
    raw: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]

    def show(self, console: Console) -> None:
        """Print the tables and what went wrong."""
        if self.rows:
            console.print(_throughput(self.plan, self.rows))
        if self.findings:
            console.print(_figures(self.findings))
        for failure in self.failures:
            console.print(failure, style="red", markup=False)
        for doubt in self._doubts():
            console.print(doubt, style="yellow", markup=False)

    def _doubts(self) -> Iterator[str]:
        """Why the figures may say little."""
        if self.cores.shared:
            yield "There is one core only: server and load shared it."
        robbed = [row.server for row in self.rows if row.server_busy < _OWN_CORE]
        if robbed and not self.cores.shared:
            yield (
                f"Something else ran on the server's core, or the load was too slow, while these "
                f"were measured: {', '.join(dict.fromkeys(robbed))}. Run again on a quiet machine."
            )

    def write(self, path: Path) -> None:
        """Write the run as JSON."""
        document = {
            "machine": _machine(self.cores),
            "plan": asdict(self.plan),
            "throughput": [asdict(row) for row in self.rows],
            "findings": [_plain(found) for found in self.findings],
            "failures": list(self.failures),
            "raw": self.raw,
        }
        path.write_text(json.dumps(document, indent=2, default=str) + "\n", encoding="utf-8")


def _plain(found: Finding) -> dict[str, object]:
    """JSON knows no infinity: what never happened is null."""
    measured = found.measured if isfinite(found.measured) else None
    return {**asdict(found), "measured": measured, "met": found.met}


def _machine(cores: Cores) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "server_core": cores.server,
        "load_core": cores.load,
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _throughput(plan: Plan, rows: Sequence[Row]) -> Table:
    table = Table(
        title=f"Fan-out: {plan.subscribers} subscribers, one topic, {plan.size}-byte messages",
        caption="flying: messages in flight; p50, p99: ms from publishing to arrival;\n"
        "joined: messages in a frame; busy: share of its core, server and load",
        box=SIMPLE_HEAD,
        show_edge=False,  # it just fits a terminal of 80 columns
        padding=(0, 1, 0, 0),
    )
    table.add_column("server", no_wrap=True)
    for name in ("flying", "deliveries/s", "p50", "p99", "joined", "busy", "lost"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.server,
            str(row.inflight),
            f"{row.rate:,.0f}",
            _short(row.p50_ms),
            _short(row.p99_ms),
            f"{row.joined:.1f}",
            f"{row.server_busy:.0%} {row.load_busy:.0%}",
            str(row.missing),
        )
    return table


def _figures(findings: Sequence[Finding]) -> Table:
    table = Table(title="Measured and asked", box=SIMPLE_HEAD)
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("asked", justify="right")
    table.add_column("")
    for found in findings:
        table.add_row(found.what, _number(found.measured, found.unit), _asked(found), _mark(found))
    return table


def _number(value: float, unit: str) -> str:
    return f"{_short(value)} {unit}".rstrip()


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value % 1 == 0 else f"{value:,.2f}"


def _asked(found: Finding) -> str:
    if found.at_least is not None:
        return f">= {_number(found.at_least, found.unit)}"
    if found.at_most is not None:
        return f"<= {_number(found.at_most, found.unit)}"
    return ""


def _mark(found: Finding) -> str:
    if found.met is None:
        return ""
    return "[green]met[/]" if found.met else "[red]missed[/]"
