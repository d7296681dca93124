"""What happened, as integers; and a hook for what happens rarely.

The hot path adds to plain integers: no locks, no labels, no time series. Whoever wants rates or
an exporter reads a snapshot. Labels stay few by construction: a socket kind, a reason, a code or
a policy, never a topic or a user.
"""

from __future__ import annotations

import logging
import traceback
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger("realtime")

LARGEST_BATCH = 128

# Up to how many seconds a rendering took, for each place of `fragment_render_times` but its last.
RENDER_TIMES = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)


class Hook(Protocol):
    """Called for rare events only: a connection opens or closes, something is refused or fails."""

    def __call__(self, event: str, /, **details: object) -> None: ...


def log_hook(event: str, /, **details: object) -> None:
    """Write an event to the log `realtime`; details never hold payloads, tokens or keys."""
    logger.info("%s %s", event, " ".join(f"{name}={value}" for name, value in details.items()))


@dataclass(slots=True)
class Instrumentation:
    """The counters of one process. They only rise.

    `batch_sizes[n]` is the number of sends that joined n frames; its last place counts all that
    joined `LARGEST_BATCH` or more. `fragment_render_times` is a histogram with the bounds
    `RENDER_TIMES`; its last place counts what took longer.
    """

    published: int = 0
    deduplicated: int = 0
    delivered: int = 0
    encoded: Counter[str] = field(default_factory=Counter)  # by codec
    sends: int = 0
    bytes_sent: int = 0
    batch_sizes: list[int] = field(default_factory=lambda: [0] * (LARGEST_BATCH + 1))
    messages_received: Counter[str] = field(default_factory=Counter)  # by socket
    connections_opened: Counter[str] = field(default_factory=Counter)  # by socket
    connections_closed: Counter[int] = field(default_factory=Counter)  # by close code
    handshakes_rejected: Counter[str] = field(default_factory=Counter)  # by reason
    errors: Counter[int] = field(default_factory=Counter)  # commands refused, by error code
    dropped: Counter[str] = field(default_factory=Counter)  # frames, by overflow policy
    failures: Counter[str] = field(default_factory=Counter)  # exceptions, by the place they hit
    recoveries: Counter[bool] = field(default_factory=Counter)  # by whether all was recovered
    histories_evicted: Counter[str] = field(default_factory=Counter)  # by limit
    presence_expired: int = 0
    slow_closes: int = 0
    fragment_hits: int = 0
    fragment_misses: int = 0
    fragment_failures: Counter[str] = field(default_factory=Counter)  # by what the cache failed at
    fragment_render_seconds: float = 0.0
    fragment_render_times: list[int] = field(default_factory=lambda: [0] * (len(RENDER_TIMES) + 1))
    hook: Hook = log_hook

    def batch(self, frames: int, size: int, sends: int = 1) -> None:
        """Count sends of `frames` joined frames of so many bytes, to so many connections."""
        self.sends += sends
        self.bytes_sent += size * sends
        self.batch_sizes[frames if frames < LARGEST_BATCH else LARGEST_BATCH] += sends

    def fragment_rendered(self, seconds: float) -> None:
        """Count a fragment that was rendered because it was not in the cache."""
        self.fragment_render_seconds += seconds
        self.fragment_render_times[bisect_left(RENDER_TIMES, seconds)] += 1

    def refuse(self, socket: str, code: int, *, quiet: bool = False) -> None:
        """Count that a client was refused something, and log it, without what it sent.

        With `quiet` it is only counted, so that no client can fill the log.
        """
        self.errors[code] += 1
        if not quiet:
            self.hook("refused", socket=socket, code=code)

    def reject(self, socket: str, reason: str, *, quiet: bool = False) -> None:
        """Count a handshake that was not let in, and unless `quiet` log it."""
        self.handshakes_rejected[reason] += 1
        if not quiet:
            self.hook("handshake rejected", socket=socket, reason=reason)

    def fail(self, place: str, error: BaseException) -> None:
        """Count and log an exception that no client may see.

        The log has its type and its stack, but not its message, which may quote a payload.
        """
        self.failures[place] += 1
        stack = "".join(traceback.format_tb(error.__traceback__))
        logger.error("%s raised %s\n%s", place, type(error).__name__, stack)

    def snapshot(self) -> Mapping[str, object]:
        """Return every counter as plain numbers, lists and dicts."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        del values["hook"]
        return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> object:
    if isinstance(value, Counter):
        return dict(value)
    return list(value) if isinstance(value, list) else value
