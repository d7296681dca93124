"""Whether there is a place for another connection: by number, by address, and by memory.

Memory is looked at when somebody wants in, and no more than once a second. When the process has
`max_memory_mb`, garbage included, it lets the collector run. If that does not help, it takes no
more connections than it has at that moment: those that are open stay, and who leaves makes room
for one. For a page that is left for the next is such a one, and what it had is used again but
seldom given back to the system. The limit is lifted when a tenth of the memory is free again, not
before, so that it does not come and go.
"""

from __future__ import annotations

import gc
import logging
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.limits import is_full
from realtime.limits import refusal as refusal_by_number
from realtime.memory import resident

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from realtime.conf import Settings

logger = logging.getLogger("realtime")

MEGABYTE = 1_048_576
READING_INTERVAL = 1.0  # seconds
LIFTED_AT = 0.9  # of the limit
# The collector stops everything, for about 0.1 s for each 1,000 connections on a slow machine. So
# while memory is short it runs again only when this much has come on top.
GROWTH = 1.05

# A full house is told of once in so many seconds, however many knock.
LOG_INTERVAL = 5.0

# The settings that refuse, by reason.
SETTINGS: Mapping[str, str] = {
    "limit": "max_connections",
    "address_limit": "connections_per_address",
    "memory": "max_memory_mb",
}


@dataclass(eq=False, slots=True, kw_only=True)
class Capacity:
    """The places of one process.

    `read` tells how many bytes of memory it has, `collect` frees what nobody uses; `clock` is
    monotonic, in seconds.
    """

    settings: Settings
    read: Callable[[], int] = resident
    collect: Callable[[], object] = gc.collect
    clock: Callable[[], float] = time.monotonic

    # How many connections there may be while memory is short; None while it is not.
    _places: int | None = None
    _next_reading: float = -math.inf
    _collected_at: float = 0.0  # bytes that were left
    # By reason: when it may be told of again, and how many were refused since it was.
    _quiet_until: dict[str, float] = field(default_factory=dict)
    _untold: Counter[str] = field(default_factory=Counter)

    def refusal(self, *, connections: int, from_address: int) -> str:
        """Return why there is no place for another connection, as a label, or an empty text.

        `connections` counts all there are, `from_address` those of the newcomer's address.
        """
        reason = refusal_by_number(
            self.settings, connections=connections, from_address=from_address
        )
        if not reason and self._is_short(connections):
            reason = "memory"
        if reason:
            self._tell(reason)
        return reason

    def _is_short(self, connections: int) -> bool:
        if not self.settings.max_memory_mb:
            return False
        now = self.clock()
        if now >= self._next_reading:
            self._next_reading = now + READING_INTERVAL
            self._look(connections)
        return self._places is not None and connections >= self._places

    def _look(self, connections: int) -> None:
        used, limit = self.read(), self.settings.max_memory_mb * MEGABYTE
        if is_full(used, limit) and used > GROWTH * self._collected_at:
            self.collect()
            used = self._collected_at = self.read()
        if self._places is None and is_full(used, limit):
            self._places = connections
        elif used < LIFTED_AT * limit:
            self._places, self._collected_at = None, 0.0

    def _tell(self, reason: str) -> None:
        self._untold[reason] += 1
        now = self.clock()
        if now < self._quiet_until.get(reason, -math.inf):
            return
        self._quiet_until[reason] = now + LOG_INTERVAL
        name = SETTINGS[reason]
        logger.warning(
            "No place: %s is %d. Connections refused since this was last said: %d.",
            name.upper(),
            getattr(self.settings, name),
            self._untold.pop(reason),
        )
