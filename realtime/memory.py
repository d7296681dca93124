"""How much memory this process has, as the system counts it (RSS)."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

try:
    import resource
except ImportError:  # pragma: no cover - Windows has no such module
    resource = None  # type: ignore[assignment]  # a module, elsewhere

# Linux: numbers of pages, the second of which are resident. About 10 µs a reading.
STATM = Path("/proc/self/statm")

# In what other systems count, in bytes; they tell the highest value there ever was.
PEAK_UNIT = {"darwin": 1}.get(sys.platform, 1024)


def resident() -> int:
    """Return how many bytes are resident; 0 where the system does not tell."""
    try:
        return int(STATM.read_bytes().split()[1]) * mmap.PAGESIZE
    except OSError:
        return _peak()


def _peak() -> int:
    peak = 0
    if resource is not None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * PEAK_UNIT
