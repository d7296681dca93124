"""A running process: what it was doing, and how much of that in the kernel.

py-spy looks from outside, so the server runs as it always does. It leaves out samples in which the
server had nothing to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.machine import cpu_times, pinned

RATE = 100  # samples a second; every one of them stops the server for a moment
_STRETCHES = 5  # of the clock, whose median holds: one may have seen something else
_SPARE = 120.0  # seconds that reading the symbols of all libraries may take


class NotPossibleError(Exception):
    """No samples here; the message says what to do."""


def find_sampler() -> str:
    """Return where py-spy is, or raise `NotPossibleError`."""
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    found = shutil.which("py-spy", path=places)
    if found is None:
        raise NotPossibleError(
            "py-spy, which looks into the running server, is not installed: "
            "install it with `python -m pip install py-spy` and run this again."
        )
    return found


def sample(pid: int, *, seconds: float, core: int) -> str:
    """Look at a process for some seconds from a core that is not its own, and return its stacks.

    There is one in a line, with the number of times that it was seen.
    """
    sampler = find_sampler()
    with tempfile.TemporaryDirectory(prefix="goby-profile-") as directory:
        stacks = Path(directory) / "stacks"
        with pinned(core):
            done = subprocess.run(
                [
                    *(sampler, "record", "--pid", str(pid), "--rate", str(RATE)),
                    *("--duration", str(max(1, round(seconds))), "--native", "--function"),
                    *("--format", "raw", "--output", str(stacks)),
                ],
                capture_output=True,
                text=True,
                timeout=seconds + _SPARE,
                check=False,
            )
        if done.returncode:
            reason = done.stderr.strip().splitlines()[:1] or ["no message"]
            raise NotPossibleError(
                f"py-spy could not look into the server: {reason[0]} Run this as root, or allow "
                "it with `sysctl kernel.yama.ptrace_scope=0` (in a container: SYS_PTRACE)."
            )
        return stacks.read_text(encoding="utf-8")


def kernel_share(pid: int, *, seconds: float) -> float:
    """Return the kernel's share of what a process does in the next seconds, by its own clock.

    Not while it is sampled: each look stops the process, and that takes time of the kernel too.
    """
    return median(_kernel_share(pid, seconds / _STRETCHES) for _ in range(_STRETCHES))


def _kernel_share(pid: int, seconds: float) -> float:
    before = cpu_times(pid)
    time.sleep(seconds)
    own, kernel = (late - early for early, late in zip(before, cpu_times(pid), strict=True))
    return kernel / ((own + kernel) or 1)
