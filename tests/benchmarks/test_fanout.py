"""The whole benchmark with tiny numbers: everything arrives, and the report comes out.

No figure is asserted: a test's machine has other things to do.
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from benchmarks.fanout import run
from benchmarks.findings import Finding
from benchmarks.plan import Plan
from benchmarks.scenarios import SCENARIOS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.report import Report

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc"),
    pytest.mark.timeout(180),
]

TINY = Plan(
    name="tiny",
    subscribers=5,
    inflight=(1, 4),
    rounds=1,
    warmup=0.1,
    seconds=0.2,
    with_extras=False,
    idle_rounds=1,
    idle_seconds=0.3,
    connections=10,
    settle=0.1,
    returning=7,
    missed=20,
    recovery_rounds=2,
    commands=20,
    rpc_rounds=2,
    crowd=10,
)
ASKED = {"uvicorn", "html", "daphne", "connections", "recovery", "rpc"}


@pytest.fixture(scope="module")
def report() -> Report:
    scenarios = [scenario for scenario in SCENARIOS if scenario.name in ASKED]
    return run(TINY, scenarios, Console(file=io.StringIO()))


def test_run_visits_every_server_without_a_failure(report: Report) -> None:
    assert report.failures == []
    assert {row.server for row in report.rows} == {
        *(f"{app} on {kind}" for app in ("stock", "goby") for kind in ("uvicorn", "daphne")),
        "protobuf on uvicorn",
        "goby beside html",
        "html on uvicorn",
    }


def test_run_delivers_every_message_to_every_subscriber(report: Report) -> None:
    assert [row.missing for row in report.rows] == [0] * len(report.rows)
    assert all(row.rate > 0 for row in report.rows)


def test_run_renders_each_publication_once_for_all_pages(report: Report) -> None:
    [programs], [pages] = (report.raw["html"][key] for key in ("goby", "html"))
    assert pages["events"]["rendered"] == pages["published"] > 0
    assert programs["events"]["rendered"] == 0


def test_run_leaves_nothing_behind_in_the_server(report: Report) -> None:
    crowds = [result for rounds in report.raw["connections"].values() for result in rounds]
    assert [crowd["connections"] for crowd in crowds] == [TINY.connections] * 2
    assert [crowd["stats_left"]["connections"] for crowd in crowds] == [0] * 2
    assert [crowd["stats_full"]["users"] for crowd in crowds] == [1, 0]


def test_run_gives_all_who_come_back_what_they_missed(report: Report) -> None:
    rounds = report.raw["recovery"]["goby"][0]["rounds"]
    assert len(rounds) == TINY.recovery_rounds
    for kind in ("plain", "recovery"):
        for name in ("unrecovered", "lost", "doubled"):
            assert [each[kind][name] for each in rounds] == [0, 0]


def test_run_reads_and_encodes_a_history_once_for_all(report: Report) -> None:
    rounds = report.raw["recovery"]["goby"][0]["rounds"]
    assert [each["recovery"]["histories_read"] for each in rounds] == [1, 1]
    assert [each["recovery"]["answers_encoded"] for each in rounds] == [1, 1]


def test_run_measures_a_command_in_both_forms(report: Report) -> None:
    times = {form: rounds[0]["us"] for form, rounds in report.raw["rpc"].items()}
    assert times.keys() == {"JSON", "Protobuf"}
    assert all(len(us) == TINY.rpc_rounds and min(us) > 0 for us in times.values())


def test_report_shows_each_ratio_beside_what_is_asked(report: Report) -> None:
    page = io.StringIO()
    report.show(Console(file=page, width=100))
    shown = page.getvalue()
    assert "goby on uvicorn" in shown
    assert "daphne: goby / stock, 1 in flight" in shown
    assert ">= 5 x" in shown
    assert "uvicorn: html / goby, 1 in flight" in shown
    assert "recovery: with a loss / without" in shown
    assert "rpc without a body, Protobuf: each" in shown


def test_report_writes_the_run_as_json(report: Report, tmp_path: Path) -> None:
    report.write(tmp_path / "run.json")
    written = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert written["plan"]["subscribers"] == TINY.subscribers
    assert len(written["findings"]) == len(report.findings)
    assert written["raw"]["uvicorn"]["goby"][0]["windows"][0]["messages"] > 0


@pytest.mark.parametrize(
    ("finding", "met"),
    [
        (Finding(what="a", measured=2.0, at_least=2.0), True),
        (Finding(what="a", measured=1.9, at_least=2.0), False),
        (Finding(what="a", measured=1.0, at_most=1.5), True),
        (Finding(what="a", measured=1.6, at_most=1.5), False),
        (Finding(what="a", measured=1.6), None),
    ],
)
def test_finding_is_met_by_its_own_bound(finding: Finding, met: object) -> None:
    assert finding.met is met


def test_report_tells_when_a_server_did_not_have_its_core(report: Report) -> None:
    robbed = replace(report, rows=[replace(report.rows[0], server_busy=0.4)])
    page = io.StringIO()
    robbed.show(Console(file=page, width=100))
    assert "Run again on a quiet machine" in page.getvalue()


def test_report_writes_null_for_what_never_happened(report: Report, tmp_path: Path) -> None:
    never = replace(report, findings=[Finding(what="a", measured=float("inf"), at_most=5.0)])
    never.write(tmp_path / "run.json")
    written = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert written["findings"][0]["measured"] is None
    assert written["findings"][0]["met"] is False
