"""The page with the results: figures between its marks, pictures beside it, words untouched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.peers.chart import Bar, Panel, chart
from benchmarks.peers.page import BEGIN, END, measured, write_page
from benchmarks.peers.sections import short

DOCS = Path(__file__).resolve().parents[3] / "docs"
_FAN_OUT = {"p50_ms": 2.0, "p99_ms": 3.5, "joined": 1.0, "load_busy": 0.5, "slowest": 1.0}


def fan_out(server: str, inflight: int, rate: float, **more: Any) -> dict[str, Any]:
    figures = {"server_busy": 1.0, "missing": 0, "quickest": rate, **_FAN_OUT, **more}
    return {"server": server, "inflight": inflight, "rate": rate, **figures}


def room(server: str, delivered: float, *, unordered: int = 0) -> dict[str, Any]:
    figures = {"rate": 50_000.0, "p50_ms": 4.0, "p99_ms": 21.0, "joined": 1.0}
    busy = {"server_busy": 0.8, "load_busy": 0.6}
    return {"server": server, "delivered": delivered, "unordered": unordered, **figures, **busy}


def results(**more: Any) -> dict[str, Any]:
    return {
        "date": "2026-11-23",
        "goby": "0.1.0",
        "machine": {
            "processor": "A processor",
            "cores": 2,
            "system": "Linux",
            "python": "3.11",
            "shared_core": False,
        },
        "plan": {"size": 128, "inflight": [1, 64], "rounds": 3, "seconds": 4.0},
        "versions": {"Goby": {"uvicorn": "0.54"}, "Bun": {"Bun": "1.4"}},
        "left_out": {},
        "tables": {
            "fan-out 500": [
                fan_out("Bun", 1, 100_000.0),
                fan_out("Bun", 64, 600_000.0),
                fan_out("Goby", 1, 95_123.0),
                fan_out("Goby", 64, 1_800_000.0),
            ],
            "rooms": [room("Bun", 1.0), room("Goby", 0.995)],
        },
        "failures": [],
        **more,
    }


def test_page_names_when_where_and_with_what_it_was_measured() -> None:
    page = measured(results())

    assert "Measured on 2026-11-23 with Goby 0.1.0: A processor, 2 cores; Linux;" in page
    assert max(len(line) for line in page.splitlines() if not line.startswith("|")) <= 110
    assert "| Bun | Bun 1.4 |" in page


def test_page_sets_goby_beside_who_was_there() -> None:
    page = measured(results())

    assert "| Goby | 95,100 | 1,800,000 |" in page
    times = "\N{MULTIPLICATION SIGN}"
    assert f"| Goby : Bun | **0.951 {times}** | **3 {times}** |" in page
    assert "Goby : Channels" not in page
    assert "| Goby | 99.50% | 50,000 | 4 ms | 21 ms | 80% | 60% |" in page
    assert "Nothing was lost." in page


def test_page_tells_no_latency_that_was_not_seen_to_its_end() -> None:
    slow = fan_out("Channels, daphne", 64, 2000.0)
    quick = fan_out("Goby", 64, 1_000_000.0)
    page = measured(results(tables={"fan-out 500": [slow, quick]}))

    assert "| Channels, daphne | over 4,000 |" in page
    assert "| Goby | 2 / 3.5 |" in page


def test_page_says_what_speaks_against_its_figures() -> None:
    tables = {
        "fan-out 500": [
            fan_out("Bun", 1, 1.0, load_busy=0.99),
            fan_out("Node ws", 1, 1.0, server_busy=0.5, missing=1200),
        ],
        "rooms": [room("Node ws", 0.5, unordered=3)],
    }
    page = measured(
        results(
            tables=tables,
            left_out={"Socket.IO": ["socket.io"]},
            failures=["rooms, Bun: it\n  ended"],
        )
    )

    assert "Socket.IO was left out: socket.io could not be installed." in page
    assert "Failed: rooms, Bun: it ended" in page
    assert "Messages were lost by Node ws (1 in flight)." in page
    assert "The load was at its own limit with Bun (1 in flight)." in page
    assert "The server's core was not fully used by Node ws (1 in flight)." in page
    assert "Out of order or twice: Node ws." in page


def test_figures_are_replaced_and_words_stay(tmp_path: Path) -> None:
    (tmp_path / "performance.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    write_page(results(), tmp_path)
    page = write_page(results(), tmp_path).read_text(encoding="utf-8")

    assert page.startswith(f"before\n{BEGIN}\n\nMeasured on")
    assert page.endswith(f"{END}\nafter\n")
    assert "old" not in page
    assert json.loads((tmp_path / "performance.json").read_text())["goby"] == "0.1.0"
    for name in ("fan-out-500", "rooms"):
        picture = tmp_path / "images/performance" / f"{name}.svg"
        assert f"(images/performance/{name}.svg)" in page
        assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - our own


def test_page_without_marks_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "performance.md").write_text("words")

    with pytest.raises(ValueError, match="has lost its marks"):
        write_page(results(), tmp_path)

    assert [each.name for each in tmp_path.iterdir()] == ["performance.md"]


def test_own_page_has_its_marks() -> None:
    page = (DOCS / "performance.md").read_text(encoding="utf-8")

    assert (page.count(BEGIN), page.count(END)) == (1, 1)


def test_bars_are_as_long_as_their_values_and_escaped() -> None:
    bars = [Bar("<a>", 50.0, "50"), Bar("b", 100.0, "100", ours=True), Bar("c", 0.0, "0")]

    root = ET.fromstring(chart("What & why", [Panel("p", bars)]))  # noqa: S314 - our own

    widths = [float(each.attrib["width"]) for each in root.iter() if each.tag.endswith("rect")]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.2)
    assert widths[2] == 1.0
    texts = [each.text for each in root.iter() if each.tag.endswith("text")]
    assert "<a>" in texts


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1_234_567.0, "1,230,000"),
        (95_123.4, "95,100"),
        (1000.0, "1,000"),
        (999.6, "1,000"),
        (123.4, "123"),
        (12.34, "12.3"),
        (0.951, "0.951"),
        (0.0, "0"),
    ],
)
def test_figures_have_three_digits_that_count(value: float, shown: str) -> None:
    assert short(value) == shown
