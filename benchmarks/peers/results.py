"""The figures of a run: medians and spread of each peer, with what they were measured on."""

from __future__ import annotations

import datetime
import os
import platform
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.findings import row_of
from benchmarks.visits import windows_of
from realtime.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import JustifyMethod

    from benchmarks.machine import Cores
    from benchmarks.peers.roster import Peer
    from benchmarks.phases import Window
    from benchmarks.report import Report

ROOMS = "rooms"

_SHOWN = (
    *("server", "inflight", "delivered", "rate", "p50_ms", "p99_ms", "joined"),
    *("server_busy", "missing", "unordered"),
)

Line = dict[str, Any]


def results_of(report: Report, peers: Sequence[Peer]) -> dict[str, Any]:
    """Everything that the page says, as JSON can hold it."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "goby": VERSION,
        "machine": machine(report.cores),
        "plan": {
            "size": report.plan.size,
            "inflight": list(report.plan.inflight),
            "rounds": report.plan.rounds,
            "seconds": report.plan.seconds,
        },
        "versions": {peer.name: dict(peer.versions()) for peer in peers if not peer.missing},
        "left_out": {peer.name: peer.missing for peer in peers if peer.missing},
        "tables": {name: _lines(name, servers) for name, servers in report.raw.items()},
        "failures": list(report.failures),
        "raw": report.raw,
    }


def table(title: str, lines: Sequence[Line]) -> Table:
    """A table for the terminal, of as much as it has room for."""
    shown = Table(title=title, box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    columns = [name for name in _SHOWN if name in lines[0]]
    for name in columns:
        justify: JustifyMethod = "left" if name == "server" else "right"
        shown.add_column(name.removesuffix("_ms"), justify=justify, no_wrap=True)
    for line in lines:
        shown.add_row(*(_cell(line[name]) for name in columns))
    return shown


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return str(value)


def machine(cores: Cores) -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "shared_core": cores.shared,
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in described if line.startswith("model name"))
    return next(named, platform.machine())


def _lines(scenario: str, servers: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Line]:
    if scenario == ROOMS:
        return [_room_line(server, rounds) for server, rounds in servers.items()]
    return [
        _fan_out_line(server, same)
        for server, rounds in servers.items()
        for same in zip(*map(windows_of, rounds), strict=True)
    ]


def _fan_out_line(server: str, windows: Sequence[Window]) -> Line:
    rates = [window.rate for window in windows]
    return {**asdict(row_of(server, windows)), "slowest": min(rates), "quickest": max(rates)}


def _room_line(server: str, rounds: Sequence[Mapping[str, Any]]) -> Line:
    windows = [windows_of(each)[0] for each in rounds]
    return {
        "server": server,
        "delivered": min(_delivered(each) for each in rounds),
        "rate": median(window.rate for window in windows),
        "p50_ms": median(window.p50_ms for window in windows),
        "p99_ms": median(window.p99_ms for window in windows),
        "joined": median(window.deliveries / max(window.frames, 1) for window in windows),
        "server_busy": median(window.server_busy for window in windows),
        "load_busy": median(window.load_busy for window in windows),
        "unordered": max(each["unordered"] for each in rounds),
    }


def _delivered(result: Mapping[str, Any]) -> float:
    """The share of all deliveries that came in time."""
    wanted: int = result["published"] * result["members"]
    return 1 - windows_of(result)[0].missing / wanted
