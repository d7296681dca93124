"""`python -m benchmarks.fanout`: asks every question in one run and prints the answers.

One run, because only ratios travel: what a delivery costs differs from machine to machine and from
hour to hour, how many times more it costs elsewhere hardly does.
"""

from __future__ import annotations

import argparse
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.machine import choose_cores, pinned, raise_file_limit
from benchmarks.plan import QUICK, WHOLE, Plan
from benchmarks.report import Report
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import end_on_sigterm
from benchmarks.site import temporary_site
from benchmarks.visits import windows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from benchmarks.findings import Finding, Row, Scenario, Step

_SPARE_FILES = 200

Raw = dict[str, dict[str, list[dict[str, Any]]]]


def run(plan: Plan, scenarios: Sequence[Scenario], console: Console) -> Report:
    """Run every errand that the scenarios ask for, and report."""
    cores = choose_cores()
    raise_file_limit(
        max(plan.connections, plan.subscribers, plan.returning, plan.crowd) + _SPARE_FILES
    )
    steps = [step for scenario in scenarios for step in scenario.steps(plan)]
    raw: Raw = defaultdict(lambda: defaultdict(list))
    failures: list[str] = []
    with temporary_site() as site, pinned(cores.load), _progress(console) as progress:
        bar = progress.add_task("", total=len(steps))
        for step in steps:
            progress.update(bar, description=f"{step.scenario}: {step.key}, {step.errand.title}")
            try:
                result = step.errand.run(cores, site)
            except (RuntimeError, subprocess.TimeoutExpired) as problem:
                failures.append(f"{step.scenario}, {step.key}: {problem}")
            else:
                raw[step.scenario][step.key].append(result)
                progress.console.print(_line(step, result), markup=False, highlight=False)
            progress.advance(bar)
    rows, findings = _conclude(plan, scenarios, raw)
    return Report(plan=plan, cores=cores, rows=rows, findings=findings, failures=failures, raw=raw)


def _conclude(
    plan: Plan, scenarios: Sequence[Scenario], raw: Raw
) -> tuple[list[Row], list[Finding]]:
    answered = [(scenario, raw[scenario.name]) for scenario in scenarios if scenario.name in raw]
    rows = [row for scenario, results in answered for row in scenario.rows(results)]
    findings = [
        finding for scenario, results in answered for finding in scenario.findings(plan, results)
    ]
    return rows, findings


def _progress(console: Console) -> AbstractContextManager[Progress]:
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    return Progress(*columns, console=console, refresh_per_second=1, transient=True)


def _line(step: Step, result: dict[str, Any]) -> str:
    """What is printed at once when an errand is over."""
    return f"{step.scenario} | {step.key} | " + " | ".join(_told(result))


def _told(result: dict[str, Any]) -> list[str]:
    if "bytes_each" in result:
        return [f"{result['bytes_each'] / 1024:.1f} KB each, {result['connects_per_s']:,.0f}/s"]
    if "us" in result:
        return [f"{each:.1f} µs" for each in result["us"]]
    if "rounds" in result:
        return [
            f"{each['plain']['seconds']:.2f} s, recovery {each['recovery']['seconds']:.2f} s"
            for each in result["rounds"]
        ]
    return [
        f"{window.name}: {window.rate:,.0f}/s, {window.p50_ms:.1f} ms"
        for window in windows_of(result)
    ]


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("--quick", action="store_true", help="about a minute, and less exact")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the run there as well")
    parser.add_argument("--only", choices=names, action="append", help="just this; repeatable")
    parser.add_argument(
        "--inflight", metavar="N,N", help="numbers of messages in flight (default 1,16)"
    )
    parser.add_argument("--rounds", type=int, help="turns that the compared things take")
    return parser.parse_args(arguments)


def _plan(given: argparse.Namespace) -> Plan:
    plan = QUICK if given.quick else WHOLE
    if given.inflight:
        plan = replace(plan, inflight=tuple(int(part) for part in given.inflight.split(",")))
    if given.rounds:
        turns = given.rounds
        plan = replace(
            plan,
            rounds=turns,
            idle_rounds=turns,
            stalled_rounds=turns,
            recovery_rounds=turns,
            rpc_rounds=turns,
        )
    return plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; 1 when an errand failed, whatever the figures say."""
    given = _arguments(arguments)
    end_on_sigterm()
    console = Console()
    chosen = [item for item in SCENARIOS if not given.only or item.name in given.only]
    try:
        report = run(_plan(given), chosen, console)
    except KeyboardInterrupt:
        console.print("Stopped; the servers are gone.")
        return 130
    report.show(console)
    if given.json:
        report.write(given.json)
        console.print(f"Written to {given.json}", markup=False)
    return 1 if report.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
