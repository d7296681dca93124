"""Fixtures for every test: the programs that some tests drive from outside."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.core.cache import cache
from hypothesis import settings

# A machine that is busy with something else must not fail a property.
settings.register_profile("goby", deadline=None)
settings.load_profile("goby")

DEBIAN_CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Let no test see a fragment of another: their databases give the same ids again."""
    cache.clear()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Return the system's Chromium: CHROMIUM, Debian's own, or the first on the PATH."""
    candidates = (os.environ.get("CHROMIUM"), DEBIAN_CHROMIUM, "chromium", "google-chrome")
    return required_program("Chromium", candidates, "set CHROMIUM to its path")


@pytest.fixture(scope="session")
def node_path() -> Path:
    """Return Node, which runs the JavaScript SDK."""
    return required_program("Node", ("node",), "install nodejs and npm")


def required_program(name: str, candidates: tuple[str | None, ...], remedy: str) -> Path:
    """Return the first candidate that exists; without one skip the test, or fail it in CI."""
    for candidate in filter(None, candidates):
        found = shutil.which(candidate)
        if found is not None:
            return Path(found)
    reason = f"{name} is not installed: {remedy}."
    if os.environ.get("CI"):
        pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
    pytest.skip(reason)
