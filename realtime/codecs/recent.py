"""Texts that were made a moment ago, and are likely to be asked for again at once.

After a restart or a cut everybody comes back within seconds, and misses the same publications. They
are rendered for the first who comes back, not for each of a thousand.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

TTL = 5.0
MAX_SIZE = 4_194_304


class Recent:
    """Texts by key, for `ttl` seconds and at most `max_size` characters; the oldest go first."""

    def __init__(
        self,
        *,
        ttl: float = TTL,
        max_size: int = MAX_SIZE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl = ttl
        self._max_size = max_size
        self._clock = clock
        self._texts: dict[Hashable, tuple[float, str]] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, key: Hashable) -> str | None:
        """Return the text, or None where there is none or it is too old."""
        made, text = self._texts.get(key, (0.0, None))
        return text if text is not None and self._clock() < made + self._ttl else None

    def put(self, key: Hashable, text: str) -> None:
        """Keep a text, and let go of what is too old or too much."""
        now = self._clock()
        self._remove(key)
        self._texts[key] = (now, text)
        self._size += len(text)
        while self._texts:
            oldest = next(iter(self._texts))
            if self._size <= self._max_size and now < self._texts[oldest][0] + self._ttl:
                break
            self._remove(oldest)

    def _remove(self, key: Hashable) -> None:
        _, text = self._texts.pop(key, (0.0, ""))
        self._size -= len(text)
