"""The project's shape: tests mirror the source, the core stands alone, the public names hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import realtime

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "realtime"

# What has no test file at the mirrored path, and why.
EXEMPT = {
    "apps.py": "autodiscovery, without which the chat would have no topic and no action",
    "version.py": "a constant",
    "brokers/base.py": "a protocol; tests/realtime/brokers/contract.py tests who implements it",
    "codecs/base.py": "protocols, which mypy checks",
    "management/commands/serve.py": "tests/realtime/management/test_serve.py, without a level",
}

CORE = (
    "realtime.pubsub",
    "realtime.flusher",
    "realtime.brokers",
    "realtime.mailboxes",
    "realtime.protocol",
    "realtime.connections",
    "realtime.hub",
    "realtime.heartbeat",
)


def modules() -> list[str]:
    """Return the paths of all modules, without those that only make a directory a package."""
    found = [path.relative_to(SOURCE) for path in SOURCE.rglob("*.py")]
    written = [path for path in found if not path.stem.endswith("_pb2")]  # by hand, that is
    return sorted(str(path) for path in written if path.name != "__init__.py")


def mirror_of(module: str) -> Path:
    path = ROOT / "tests" / "realtime" / module
    return path.with_name(f"test_{path.name}")


@pytest.mark.parametrize("module", [module for module in modules() if module not in EXEMPT])
def test_module_has_its_test_file(module: str) -> None:
    mirror = mirror_of(module)

    assert mirror.is_file(), f"Write {mirror.relative_to(ROOT)} for realtime/{module}."
    assert "def test_" in mirror.read_text(), f"{mirror.relative_to(ROOT)} tests nothing."


@pytest.mark.parametrize("module", sorted(EXEMPT))
def test_exemption_is_still_needed(module: str) -> None:
    assert (SOURCE / module).is_file()
    assert not mirror_of(module).exists()


@pytest.mark.parametrize("module", modules())
def test_module_says_why_it_exists_and_stays_small(module: str) -> None:
    text = (SOURCE / module).read_text()

    assert ast.get_docstring(ast.parse(text))
    assert "from __future__ import annotations" in text
    assert len(text.splitlines()) <= 250


def test_core_imports_neither_django_nor_channels() -> None:
    program = "\n".join(
        [
            "import importlib, sys",
            f"for name in {CORE!r}: importlib.import_module(name)",
            "roots = {name.partition('.')[0] for name in sys.modules}",
            "print(*sorted(roots & {'django', 'channels', 'asgiref', 'daphne'}))",
        ]
    )

    # In another process and without this one's environment: here Django is loaded already.
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert found.stdout.split() == []


def test_public_names_are_sorted_and_have_a_home() -> None:
    assert realtime.__all__ == sorted(realtime.__all__)
    assert set(realtime.__all__) == set(realtime._HOMES)


@pytest.mark.parametrize("name", realtime.__all__)
def test_public_name_is_that_of_its_home(name: str) -> None:
    home = import_module(f"realtime.{realtime._HOMES[name]}")

    assert getattr(realtime, name) is getattr(home, name)
    assert getattr(home, name).__module__ == home.__name__


def test_type_checkers_see_the_homes_that_python_uses() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]

    assert {
        alias.name: (node.module or "").removeprefix("realtime.")
        for node in imports
        for alias in node.names
    } == realtime._HOMES


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'realtime' has no attribute 'nothing'"):
        realtime.nothing  # noqa: B018 - asking is the test
