"""The reference says what the command says: every option and every measure."""

from __future__ import annotations

import re

from django.core.management import load_command_class

from loadtest.conditions import MEASURES
from tests.docs.pages import read


def section() -> str:
    """Return what the reference says of the command."""
    return read("reference/commands.md").split("\n### loadtest\n")[1].split("\n### ")[0]


def test_reference_has_exactly_the_options_of_the_command() -> None:
    parser = load_command_class("loadtest", "loadtest").create_parser("manage.py", "loadtest")
    usual = {
        f"--{name}"
        for name in ("help", "version", "verbosity", "settings", "pythonpath", "traceback")
    } | {"--no-color", "--force-color", "--skip-checks"}
    options = {
        text for action in parser._actions for text in action.option_strings if text[:2] == "--"
    }

    assert set(re.findall(r"`(--[\w-]+)`", section())) == options - usual


def test_reference_has_exactly_the_measures() -> None:
    table = section().split("| measure |")[1]
    cells = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]

    assert {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} == set(MEASURES)
