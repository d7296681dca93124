"""A process of its own, on a core of its own, that ends with one line of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.machine import pinned
from benchmarks.site import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = 420.0


def result_of(
    module: str,
    argument: str,
    *,
    core: int,
    title: str,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run the module, and return what it printed; raise `RuntimeError` with its last words."""
    with pinned(core):
        done = subprocess.run(
            [sys.executable, "-m", module, argument],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"{title} failed: {reason[0]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
