"""Clocks that a test moves: a number of seconds, and an event loop.

The loop's time stands still while anything can run, and jumps to the next timer when all wait: ten
seconds pass at once, and exactly.
"""

from __future__ import annotations

import asyncio
import selectors
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Clock:
    """Seconds, moved by hand: for what asks a function for the time."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


class ClockLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is a number."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_ClockSelector(self))

    def time(self) -> float:
        """Return the loop's own time, in seconds."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass while something runs, as a slow computation would."""
        self.now += seconds


class _ClockSelector(selectors.DefaultSelector):
    """Lets the loop's time jump instead of waiting for it."""

    def __init__(self, loop: ClockLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; when nothing is, jump to the end of the timeout."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(None)
        self._loop.advance(timeout)
        return ready


async def turns(count: int = 1) -> None:
    """Let the event loop turn so many times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(happened: Callable[[], bool], *, patience: int = 10_000) -> None:
    """Let the event loop turn until something has happened, which takes no time of its own."""
    for _ in range(patience):
        if happened():
            return
        await asyncio.sleep(0)
    raise AssertionError(f"It did not happen within {patience} turns.")
