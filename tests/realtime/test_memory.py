"""What the system says about this process's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime import memory

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_048_576


def test_memory_is_that_of_a_process_with_django() -> None:
    assert 20 * MEGABYTE < memory.resident() < 20_000 * MEGABYTE


def test_memory_that_is_taken_is_seen() -> None:
    before = memory.resident()
    block = bytearray(64 * MEGABYTE)
    block[::4096] = b"x" * len(block[::4096])  # what is not touched is not there

    assert memory.resident() - before > 48 * MEGABYTE


@pytest.fixture
def no_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A system without /proc."""
    monkeypatch.setattr(memory, "STATM", tmp_path / "none")


@pytest.mark.usefixtures("no_proc")
def test_elsewhere_it_is_the_most_that_there_ever_was() -> None:
    assert 20 * MEGABYTE < memory.resident() < 20_000 * MEGABYTE


@pytest.mark.usefixtures("no_proc")
def test_where_the_system_does_not_tell_it_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "resource", None)

    assert memory.resident() == 0
