"""When who says something: settled before the test begins, whatever the server does then.

A load that waits for answers before it goes on is slowed down by the very server that it measures,
and its latencies leave out those who would have waited (coordinated omission). So each message has
a time at which it is due, and its latency counts from then on.
"""

from __future__ import annotations

import random
from itertools import count, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Seconds since the first message could be due, and who says it.
Due = tuple[float, int]


def even(*, rate: float, seconds: float, users: int) -> Iterator[Due]:
    """So many messages a second, at equal distances, by one user after the other."""
    if rate > 0:
        due = ((n / rate, n % users) for n in count())
        yield from takewhile(lambda each: each[0] < seconds, due)


def thoughtful(*, think: float, seconds: float, users: int, seed: int) -> Iterator[Due]:
    """Each user pauses for `think` seconds on average, and for a random time in each case.

    Independent pauses that are exponentially distributed make one such stream for all together,
    in which anybody may be next. The same seed gives the same schedule.
    """
    dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    at = dice.expovariate(users / think)
    while at < seconds:
        yield at, dice.randrange(users)
        at += dice.expovariate(users / think)
