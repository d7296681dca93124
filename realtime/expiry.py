"""When credentials end: a place in the heartbeat's wheel for each token, none where there is none.

A connection itself stands in the wheel once, for its pings. What expires stands there by itself,
so connections without tokens pay nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime.heartbeat import Heartbeat


@dataclass(eq=False, slots=True)
class Deadline:
    """Calls `then` when its time has come."""

    then: Callable[[], None]
    slot: int = 0

    def expire(self) -> None:
        """Be woken by the heartbeat."""
        self.then()


@dataclass(eq=False, slots=True)
class Expiries:
    """The deadlines of one connection: by topic, and its own under the empty name."""

    heartbeat: Heartbeat
    _deadlines: dict[str, Deadline] = field(default_factory=dict)

    def set(self, name: str, delay: float, then: Callable[[], None]) -> None:
        """Call `then` in `delay` seconds instead of what was to come under this name."""
        self.cancel(name)
        deadline = self._deadlines[name] = Deadline(then)
        self.heartbeat.schedule(deadline, delay)

    def cancel(self, name: str) -> None:
        """Let nothing happen under this name."""
        deadline = self._deadlines.pop(name, None)
        if deadline is not None:
            self.heartbeat.cancel(deadline)

    def clear(self) -> None:
        """Let nothing happen at all."""
        for name in list(self._deadlines):
            self.cancel(name)

    def __contains__(self, name: str) -> bool:
        return name in self._deadlines
