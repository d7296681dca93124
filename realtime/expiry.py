"""When credentials end: a place in the heartbeat's wheel for each token, none where there is none.

A connection itself stands in the wheel once, for its pings. What expires stands there by itself,
so connections without tokens pay nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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


class Expiring(Protocol):
    """A connection or a subscription, whose credentials may end."""

    deadline: Deadline | None


def expire_in(
    heartbeat: Heartbeat, expiring: Expiring, delay: float, then: Callable[[], None]
) -> None:
    """Call `then` in `delay` seconds instead of what was to come before."""
    never_expire(heartbeat, expiring)
    expiring.deadline = Deadline(then)
    heartbeat.schedule(expiring.deadline, delay)


def never_expire(heartbeat: Heartbeat, expiring: Expiring) -> None:
    """Let nothing happen."""
    if expiring.deadline is not None:
        heartbeat.cancel(expiring.deadline)
        expiring.deadline = None
