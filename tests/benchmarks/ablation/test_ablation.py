"""What an optimisation gains: the arithmetic, the page, the picture, and one tiny run."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from rich.console import Console

from benchmarks.ablation.figures import FAN_OUT, ROOMS
from benchmarks.ablation.gains import Gain, Middle, gains_of, middle_of
from benchmarks.ablation.outputs import BEGIN, END, picture, tables, write_docs
from benchmarks.ablation.run import run
from benchmarks.ablation.trials import OFF, ON, QUESTIONS, QUICK, STOCK, Sizes, trials_of
from benchmarks.visits import Visit
from realtime.conf.settings import OPTIMISATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.ablation.gains import Rounds

ROUNDS: Rounds = {
    FAN_OUT: {
        ON: [{"1: µs a delivery": 2.0, "16: deliveries/s": 300.0}] * 3,
        "shared_messages": [{"1: µs a delivery": 4.0, "16: deliveries/s": 200.0}] * 3,
        "batching": [{"1: µs a delivery": 2.0, "16: deliveries/s": 100.0}] * 3,
    }
}
TINY = Sizes(
    rounds=1,
    warmup=0.1,
    seconds=0.2,
    followers=50,
    people=6,
    rooms=3,
    pages=1,
    followed=40,
    topics=4,
    moves=20.0,
    listeners=2,
)


def test_middle_is_the_median_and_the_whole_spread() -> None:
    assert middle_of([3.0, 1.0, 2.0]) == Middle(2.0, 2.0)


def test_gain_is_what_is_saved_or_what_is_more() -> None:
    gains = {gain.optimisation: gain.percent for gain in gains_of(ROUNDS)}

    assert gains == {"shared_messages": 50.0, "batching": pytest.approx(200.0)}


def test_round_tries_all_and_each_left_out_and_all_off_and_stock() -> None:
    trials = trials_of(Sizes(), OPTIMISATIONS, None)
    variants = [trial.variant for trial in trials if trial.workload == FAN_OUT]

    assert variants == [ON, *OPTIMISATIONS, OFF, STOCK]


def test_round_for_one_tries_its_own_workload_alone() -> None:
    trials = trials_of(QUICK, OPTIMISATIONS, "routing")

    assert [(trial.workload, trial.variant) for trial in trials] == [
        (ROOMS, ON),
        (ROOMS, "routing"),
    ]


def test_each_optimisation_has_a_workload_of_its_own() -> None:
    assert {question.optimisation for question in QUESTIONS} == set(OPTIMISATIONS)


@pytest.mark.parametrize(("place", "connections", "topics"), [(0, 250, 16), (1, 4000, 1)])
def test_same_topics_are_followed_on_few_connections_or_many(
    place: int, connections: int, topics: int
) -> None:
    trial = trials_of(Sizes(), OPTIMISATIONS, "multiplexing")[place]

    assert isinstance(trial.errand, Visit)
    assert (trial.errand.job.subscribers, trial.errand.job.topics) == (connections, topics)


def test_tables_show_each_variant_and_gain() -> None:
    page = io.StringIO()
    console = Console(file=page, width=160)
    for table in tables(ROUNDS):
        console.print(table)

    assert "4.00 ± 0.00" in page.getvalue()
    assert "15 to 25 %" in page.getvalue()


def test_picture_writes_gains_as_text_and_a_loss_without_a_bar() -> None:
    loss = Gain(
        optimisation="pooling",
        figure="KB",
        on=Middle(2, 0),
        off=Middle(1, 0),
        percent=-100.0,
        expected=(30, 50),
    )
    drawn = picture([*gains_of(ROUNDS), loss])

    ElementTree.fromstring(drawn)  # noqa: S314 - our own
    assert "50 %" in drawn
    assert "-100 %" in drawn
    assert 'width="-' not in drawn


def test_page_gets_gains_and_figures_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")

    write_docs(page, ROUNDS, "Measured here.")

    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| shared_messages | 1: µs a delivery | 2.00 ± 0.00 | 4.00 ± 0.00 | 50 % |" in text
    assert "In the workload “fan-out, 16 in flight”:" in text
    assert "| batching | 100 ± 0 |" in text


def test_page_without_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")

    with pytest.raises(ValueError, match="has lost its marks"):
        write_docs(page, {}, "")


def test_command_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(CommandError, match="needs picows and rich"):
        call_command("benchmark")


def test_command_refuses_an_unknown_optimisation() -> None:
    with pytest.raises(CommandError, match="--only is one of these: shared_messages"):
        call_command("benchmark", only="speed")


def test_command_writes_no_part_into_the_docs(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="leave --only out"):
        call_command("benchmark", only="routing", docs=tmp_path / "page.md")


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc")
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("optimisation", "workload"),
    [
        ("routing", "rooms"),
        ("multiplexing", "many topics"),
        ("presence_batching", "coming and going"),
    ],
)
def test_run_measures_on_and_off_without_a_failure(optimisation: str, workload: str) -> None:
    told: list[str] = []
    rounds, failures = run(TINY, optimisation, told.append)

    assert failures == []
    assert {gain.optimisation for gain in gains_of(rounds)} == {optimisation}
    assert told == [f"1 of 2: {workload}, all on", f"2 of 2: {workload}, {optimisation}"]


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc")
@pytest.mark.timeout(180)
def test_fan_out_tells_what_a_connection_and_a_delivery_cost() -> None:
    rounds, failures = run(TINY, "pooling", lambda _told: None)

    assert failures == []
    [figures] = rounds[FAN_OUT][ON]
    assert figures["KB a connection"] > 0
    assert figures["tasks each"] >= 1.0
    assert figures["1: bytes a delivery"] > 128
    assert figures["1: p50 ms"] <= figures["1: p95 ms"] <= figures["1: p99 ms"]


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc")
@pytest.mark.timeout(180)
def test_what_is_repeated_is_delivered_once_with_deduplication_and_twice_without() -> None:
    rounds, failures = run(TINY, "deduplication", lambda _told: None)

    assert failures == []
    [deliveries] = [gain for gain in gains_of(rounds) if gain.figure == "deliveries a message"]
    assert (deliveries.on.value, deliveries.off.value) == (2.0, 4.0)  # to two listeners
