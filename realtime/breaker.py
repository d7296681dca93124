"""Whether something that fails or drags again and again is asked at all.

Closed: everybody asks. After `limit` bad answers in a row it opens, and nobody asks for `rest`
seconds. Then it is half open: one at a time tries. A good answer closes it, a bad one opens it
again. An answer that does not come holds up the next try for no longer than `rest`.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

State = Literal["closed", "open", "half-open"]


class Breaker:
    """One circuit breaker, for any number of threads. `rest` is in seconds of `clock`."""

    def __init__(
        self, *, limit: int = 5, rest: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._rest = rest
        self._clock = clock
        self._lock = Lock()
        self._bad_in_a_row = 0
        self._turn = 0  # rises with each opening and each try: older answers no longer count
        self._closed = True
        self._trying = False
        self._until = 0.0

    @property
    def state(self) -> State:
        """What whoever asks now would find."""
        if self._closed:
            return "closed"
        return "half-open" if self._trying or self._clock() >= self._until else "open"

    def enter(self) -> int | None:
        """Return a ticket for `leave`, or None where one must not ask now."""
        if self._closed:
            return self._turn
        with self._lock:
            if not self._closed:
                now = self._clock()
                if now < self._until:
                    return None
                self._trying = True
                self._until = now + self._rest
                self._turn += 1
            return self._turn

    def leave(self, ticket: int, *, well: bool) -> bool:
        """Tell how it went; return whether that closed or opened the breaker."""
        if well and self._closed and not self._bad_in_a_row:
            return False
        with self._lock:
            if ticket != self._turn:
                return False
            return self._mend() if well else self._strain()

    def _mend(self) -> bool:
        was_closed, self._closed = self._closed, True
        self._trying = False
        self._bad_in_a_row = 0
        return not was_closed

    def _strain(self) -> bool:
        self._bad_in_a_row += 1
        if self._closed and self._bad_in_a_row < self._limit:
            return False
        self._closed = self._trying = False
        self._until = self._clock() + self._rest
        self._turn += 1
        return True
