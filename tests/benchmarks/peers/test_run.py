"""The comparison with tiny numbers, for errors: whoever is installed delivers everything."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from benchmarks.fanout import run
from benchmarks.peers import equipment
from benchmarks.peers.__main__ import main
from benchmarks.peers.page import measured
from benchmarks.peers.questions import fan_out, many_rooms
from benchmarks.peers.results import results_of, table
from benchmarks.peers.roster import PEERS
from benchmarks.plan import QUICK

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.findings import Scenario
    from benchmarks.report import Report

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc"),
    pytest.mark.timeout(180),
]

# Those whose parts are in this environment anyway; `make bench-peers` runs the others as well.
PRESENT = [peer for peer in PEERS if peer.name in {"Channels, uvicorn", "Goby"}]
TINY = replace(QUICK, inflight=(1, 4), warmup=0.1, seconds=0.2)


@pytest.fixture(scope="module")
def report() -> Report:
    questions: list[Scenario] = [
        fan_out(PRESENT, subscribers=5),
        many_rooms(PRESENT, rooms=3, members=4, rate=5.0, seconds=0.5),
    ]
    return run(TINY, questions, Console(file=io.StringIO()))


def test_run_delivers_everything_in_order(report: Report) -> None:
    results = results_of(report, PRESENT)

    assert report.failures == []
    assert {line["server"] for line in results["tables"]["fan-out 5"]} == {
        "Channels, uvicorn",
        "Goby",
    }
    assert [line["missing"] for line in results["tables"]["fan-out 5"]] == [0] * 4
    rooms = results["tables"]["rooms"]
    assert [(line["delivered"], line["unordered"]) for line in rooms] == [(1.0, 0)] * 2


def test_run_is_shown_and_written(report: Report) -> None:
    results = results_of(report, PRESENT)
    page = io.StringIO()
    console = Console(file=page, width=100)

    for title, lines in results["tables"].items():
        console.print(table(title, lines))

    assert "Channels, uvicorn" in page.getvalue()
    assert "## One topic, 5 subscribers" in measured(results)
    assert "## Rooms" in measured(results)


def test_peer_that_is_not_installed_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(equipment, "PYTHON", tmp_path)
    monkeypatch.setattr(equipment, "MODULES", tmp_path)

    missing = {peer.name: peer.missing for peer in PEERS if peer.missing}

    assert missing["channels_redis"] == ["channels-redis", "Valkey"]
    assert missing["python-socketio"] == ["python-socketio"]
    assert missing["Bun"] == ["Bun"]
    assert "ws" in missing["Node ws"]
    assert missing.keys().isdisjoint({"Goby", "Channels, uvicorn", "Channels, daphne"})


def test_quick_run_of_one_writes_no_page(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = main(["--quick", "--only", "Goby", "--docs", str(tmp_path)])

    assert code == 0, capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
