"""`make bench-peers`: everybody's turn, then the page of the documentation with the results."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.fanout import run
from benchmarks.peers.page import write_page
from benchmarks.peers.questions import fan_out, many_rooms
from benchmarks.peers.results import results_of, table
from benchmarks.peers.roster import PEERS
from benchmarks.plan import QUICK, WHOLE
from benchmarks.servers import end_on_sigterm
from benchmarks.site import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.findings import Scenario
    from benchmarks.peers.roster import Peer
    from benchmarks.plan import Plan

_PLAN = replace(WHOLE, name="peers", inflight=(1, 4, 16, 64))
_QUICK = replace(QUICK, name="peers, quick", inflight=(1, 16), warmup=0.1, seconds=0.3)


def _questions(peers: Sequence[Peer], *, quick: bool) -> list[Scenario]:
    if quick:
        return [
            fan_out(peers, subscribers=50),
            many_rooms(peers, rooms=5, members=10, rate=5.0, seconds=1.0),
        ]
    return [
        fan_out(peers, subscribers=500),
        fan_out(peers, subscribers=2000),
        many_rooms(peers),
    ]


def _plan(given: argparse.Namespace) -> Plan:
    plan = _QUICK if given.quick else _PLAN
    return replace(plan, rounds=given.rounds) if given.rounds else plan


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    names = [peer.name for peer in PEERS]
    parser.add_argument("--quick", action="store_true", help="for errors alone; writes no page")
    parser.add_argument("--only", choices=names, action="append", help="just this; writes no page")
    parser.add_argument("--rounds", type=int, help="turns that each peer takes")
    parser.add_argument(
        "--docs",
        type=Path,
        default=ROOT / "docs",
        metavar="DIRECTORY",
        help="where performance.md is, its figures and its pictures",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure whoever is installed; 1 when one of them failed, whatever the figures say."""
    given = _arguments(arguments)
    end_on_sigterm()
    console = Console()
    chosen = [peer for peer in PEERS if not given.only or peer.name in given.only]
    present = [peer for peer in chosen if not peer.missing]
    for peer in chosen:
        if peer.missing:
            console.print(f"Left out: {peer.name} needs {', '.join(peer.missing)}.", markup=False)
    plan = _plan(given)
    try:
        report = run(plan, _questions(present, quick=given.quick), console)
    except KeyboardInterrupt:
        console.print("Stopped; the servers are gone.")
        return 130
    results = results_of(report, chosen)
    for title, lines in results["tables"].items():
        console.print(table(title, lines))
    for failure in report.failures:
        console.print(failure, style="red", markup=False)
    if not (given.quick or given.only):
        written = write_page(results, given.docs)
        console.print(f"Written to {written}", markup=False)
    return 1 if report.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
