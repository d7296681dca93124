"""Latencies, however many, in a few kilobytes: what is shown is at most one per cent too high."""

from __future__ import annotations

from math import exp, log

# A bucket is one per cent wider than the one before; the last begins at about seven minutes.
_PER_E = 100
_BUCKETS = 2_000


class Histogram:
    """Counts times in microseconds. A percentile is its bucket's upper end: never flattering."""

    __slots__ = ("counts", "highest", "total")

    def __init__(self) -> None:
        self.counts = [0] * _BUCKETS
        self.total = 0
        self.highest = 0

    def add(self, microseconds: int) -> None:
        """Count one; what is below one microsecond counts as one."""
        bucket = int(log(microseconds) * _PER_E) if microseconds > 1 else 0
        self.counts[min(bucket, _BUCKETS - 1)] += 1
        self.total += 1
        if microseconds > self.highest:
            self.highest = microseconds

    def percentile(self, share: float) -> float | None:
        """Return in seconds what this share was not above; None if nothing was counted."""
        wanted, passed = share * self.total, 0
        for bucket, count in enumerate(self.counts):
            passed += count
            if count and passed >= wanted:
                return min(exp((bucket + 1) / _PER_E), self.highest) / 1e6
        return None

    @property
    def maximum(self) -> float | None:
        """The highest in seconds, exactly; None if nothing was counted."""
        return self.highest / 1e6 if self.total else None
