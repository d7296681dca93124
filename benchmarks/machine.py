"""What the benchmark asks of the machine: a core for each side, file descriptors, /proc."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """The core that the server has for itself, and the one that the load has."""

    server: int
    load: int

    @property
    def shared(self) -> bool:
        """True on a machine with a single core, where the figures say little."""
        return self.server == self.load


def choose_cores() -> Cores:
    """Take the first and the second core that this process may use."""
    if not sys.platform.startswith("linux"):
        raise SystemExit("The benchmark needs Linux: it pins processes to cores and reads /proc.")
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(server=allowed[0], load=allowed[1 % len(allowed)])


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Children started inside of the block inherit the core, from their first instruction on."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_file_limit(needed: int) -> None:
    """Lift the soft limit of open files to the hard one; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    elif soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        raise SystemExit(
            f"The benchmark needs {needed} open files and may have {soft}: "
            f"raise the hard limit with `ulimit -Hn {needed}` as root, or use --quick."
        )


def resident_bytes(pid: int) -> int:
    """Memory that a process holds at this moment (VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pid: int) -> float:
    """CPU time of a process since its start, user and system together."""
    return sum(cpu_times(pid))


def cpu_times(pid: int) -> tuple[float, float]:
    """CPU time of a process since its start, in its own code and in the kernel."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(after_name[11]) / _TICKS_PER_SECOND, int(after_name[12]) / _TICKS_PER_SECOND
