"""What ends a load test before it has begun, in a sentence that says what to do next."""

from __future__ import annotations


class LoadTestError(Exception):
    """The load test cannot be made as it was asked for."""
