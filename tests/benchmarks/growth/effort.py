"""What some work costs, counted instead of timed, so that its growth can be asserted anywhere.

Lines are counted as the interpreter runs them, which includes each turn of a loop, and whatever it
calls. What loops in C is seen by what it leaves: a copy or a sorted list of everybody needs memory,
and a search for somebody compares (so followers here compare in Python). Times would differ with
whatever else the machine does; these figures are the same in every run.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

Work = Callable[[], Awaitable[object]]

# The least of so many turns: a dict grows now and then, and a timer may fall into one of them.
TURNS = 2


async def lines_of(work: Work) -> int:
    """Return how many lines are run, by all tasks of this thread, until the work is done."""
    return min([await _lines_of(work) for _ in range(TURNS)])


async def bytes_of(work: Work) -> int:
    """Return how much memory is held at most, beyond what was held before."""
    return min([await _bytes_of(work) for _ in range(TURNS)])


async def _lines_of(work: Work) -> int:
    lines = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return count

    with _without_collections():
        before = sys.gettrace()  # coverage may be at it, and goes on afterwards
        sys.settrace(count)
        try:
            await work()
        finally:
            sys.settrace(before)
    return lines


async def _bytes_of(work: Work) -> int:
    with _without_collections():
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            await work()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return peak - before


@contextmanager
def _without_collections() -> Iterator[None]:
    gc.disable()  # what a collection does is not this work's doing
    try:
        yield
    finally:
        gc.enable()
