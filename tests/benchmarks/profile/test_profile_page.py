"""The section of the page: shares between their own marks, and where they were measured."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.machine import Cores
from benchmarks.peers import page as peers
from benchmarks.profile.page import BEGIN, END, measured, table, write_page
from benchmarks.profile.parts import Part
from benchmarks.profile.workloads import Profile

DOCS = Path(__file__).resolve().parents[3] / "docs"
CORES = Cores(server=0, load=1)


def profiled(name: str, **shares: float) -> Profile:
    told = {part: shares.get(part.name, 0.0) for part in Part}
    return Profile(name=name, shares=told, samples=Counter({Part.LOOP: 1234}), stacks="")


PROFILES = [
    profiled("1 in flight", WRITES=0.804, LOOP=0.196),
    profiled("rooms", WRITES=0.5, ENCODING=0.5),
]


def test_table_has_a_row_for_each_part_that_took_time() -> None:
    text = measured(PROFILES, CORES)

    assert "| share of the server's time | 1 in flight | rooms |" in text
    assert f"| {Part.WRITES} | 80 % | 50 % |" in text
    assert f"| {Part.ENCODING} | 0 % | 50 % |" in text
    assert Part.COLLECTOR not in text
    assert "Measured on " in text
    assert "1,234 (1 in flight)" in text
    assert max(len(line) for line in text.splitlines()) <= 110


def test_terminal_shows_the_same() -> None:
    shown = io.StringIO()

    Console(file=shown, width=100).print(table(PROFILES))

    assert "80 %" in shown.getvalue()
    assert "encoding" in shown.getvalue()


def test_shares_are_replaced_and_words_stay(tmp_path: Path) -> None:
    (tmp_path / "performance.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    write_page(PROFILES, CORES, tmp_path)
    text = write_page(PROFILES, CORES, tmp_path).read_text(encoding="utf-8")

    assert text.startswith(f"before\n{BEGIN}\n\nMeasured on")
    assert text.endswith(f"|\n\n{END}\nafter\n")
    assert "old" not in text


def test_page_without_marks_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "performance.md").write_text("words")

    with pytest.raises(ValueError, match="has lost its marks"):
        write_page(PROFILES, CORES, tmp_path)


def test_own_page_has_both_blocks_apart() -> None:
    page = (DOCS / "performance.md").read_text(encoding="utf-8")

    assert (page.count(BEGIN), page.count(END)) == (1, 1)
    assert page.index(peers.END) < page.index(BEGIN) < page.index(END)
