"""The tutorial works: its app is written as it says, and tested as the guide on tests says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import PROJECT, blocks, files, read

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = (
    "goby_project",
    "realtime",
    "chat",
    "presence",
    "notifications",
    "loadtest",
    "templates",
)
TOOLS = ("manage.py", "pyproject.toml")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the site in which the tutorial's first steps were taken."""
    for name in PACKAGES:
        shutil.copytree(PROJECT / name, tmp_path / name)
    for name in TOOLS:
        shutil.copy(PROJECT / name, tmp_path)
    run(tmp_path, "manage.py", "startapp", "polls")
    for name, contents in files(read("tutorial.md")).items():
        if name.startswith("polls/"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(contents, encoding="utf-8")
    replace(tmp_path / "goby_project/settings/base.py", '"chat",\n', '"chat",\n    "polls",\n')
    route = next(block for block in blocks(read("tutorial.md"), "python") if "include(" in block)
    replace(tmp_path / "goby_project/urls.py", '    path("",', f'    {route}    path("",')
    return tmp_path


def run(site: Path, *arguments: str) -> str:
    """Run Python in the copy; return what it printed, or fail with it."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=site,
        env={**os.environ, "GOBY_VAR": str(site / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def replace(path: Path, old: str, new: str) -> None:
    """Replace the one place at which `old` stands."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has changed: adapt the tutorial"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_tutorial_makes_an_app_that_passes_the_tests_of_the_testing_guide(site: Path) -> None:
    vote, socket, fragment = blocks(read("how-to/testing.md"), "python")
    tests = {"polls/tests.py": vote, "polls/test_live.py": f"{socket}\n\n{fragment}"}
    for name, contents in tests.items():
        (site / name).write_text(contents, encoding="utf-8")

    run(site, "manage.py", "makemigrations", "polls")
    run(site, "manage.py", "check")
    told = run(site, "-m", "pytest", "-p", "no:cacheprovider", *tests)

    assert "3 passed" in told
