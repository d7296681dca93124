"""One timer for all connections: a wheel of slots instead of a timer for each.

Pings, pong deadlines and the deadline for the first command need no precision. A connection
stands in one slot at a time; a tick looks only at the slot that is due, so nothing costs more
because other connections wait.
"""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

TICK = 0.5


class Timed(Protocol):
    """Something that waits in the wheel. `slot` belongs to the wheel; 0 is "not waiting"."""

    slot: int

    def expire(self) -> None:
        """Be told that the time has come. It may schedule itself again."""
        ...


class Heartbeat:
    """The wheel of one event loop. It ticks only while somebody waits."""

    def __init__(self) -> None:
        self._slots: dict[int, set[Timed]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0

    def schedule(self, timed: Timed, delay: float) -> None:
        """Call `timed.expire` in `delay` seconds, or up to two ticks later.

        Replaces an earlier call.
        """
        self.cancel(timed)
        loop = asyncio.get_running_loop()
        now = loop.time()
        timed.slot = max(math.ceil((now + delay) / TICK), int(now / TICK) + 1)
        self._slots.setdefault(timed.slot, set()).add(timed)
        if self._timer is None:
            self._last = int(now / TICK)
            self._timer = loop.call_later(TICK, self._tick)

    def cancel(self, timed: Timed) -> None:
        """Let `timed` wait no more."""
        waiting = self._slots.get(timed.slot)
        if waiting is not None:
            waiting.discard(timed)
            if not waiting:
                del self._slots[timed.slot]
        timed.slot = 0

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._slots.values())

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due = int(loop.time() / TICK)
        for slot in range(self._last + 1, due + 1):
            for timed in self._slots.pop(slot, ()):
                if timed.slot == slot:  # else another one of this slot has cancelled or moved it
                    timed.slot = 0
                    timed.expire()
        self._last = due
        self._timer = loop.call_later(TICK, self._tick) if self._slots else None
