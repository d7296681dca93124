"""How much one person may do in a room within a while, beside the limits of each connection.

Counted in Django's cache, so that it holds over all of a person's tabs and programs.
"""

from __future__ import annotations

import time
from hashlib import blake2b

from django.core.cache import cache

from realtime import ActionError

WINDOW = 10  # seconds
MESSAGES = 25  # in a window


def take(place: str, *, limit: int = MESSAGES) -> None:
    """Count one more at a place, such as "say:7:mira"; raise `ActionError` 429 for too many."""
    now = time.time()
    name = blake2b(place.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    key = f"chat:rate:{name}:{int(now // WINDOW)}"
    cache.add(key, 0, 2 * WINDOW)
    try:
        count = cache.incr(key)
    except ValueError:  # the cache lost it: nobody is refused because of that
        return
    if count > limit:
        seconds = int(WINDOW - now % WINDOW) + 1
        raise ActionError(
            f"That was a lot at once. Wait {seconds} second{'s' if seconds > 1 else ''} and try "
            "again.",
            code=429,
        )
