"""Programs that tests drive: found, skipped by name without them, and demanded in CI."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import required_program


def test_program_is_the_first_candidate_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")

    found = required_program("Python", (None, "no-such-program", sys.executable, "sh"), "")

    assert found == Path(sys.executable)


def test_missing_program_skips_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"Chromium is not installed: set CHROMIUM\."):
        required_program("Chromium", ("no-such-program",), "set CHROMIUM")


def test_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="In CI these tests must run"):
        required_program("Chromium", ("no-such-program",), "set CHROMIUM")
