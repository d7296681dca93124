"""One timer for many ends that stand in order, of which only the first is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


@dataclass(eq=False, slots=True)
class Alarm:
    """Calls `ring` when `next_end` has come, by the loop's own clock, and waits for the next."""

    loop: asyncio.AbstractEventLoop
    next_end: Callable[[], float | None]
    ring: Callable[[], None]
    _timer: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Wait for the first end, unless one is waited for already: ends only move away."""
        end = self.next_end() if self._timer is None else None
        if end is not None:
            self._timer = self.loop.call_at(end, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.ring()
        self.set()
