"""What happened, as it happens: counts, latencies, errors, and a sample of them each second."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loadtest.histogram import Histogram

if TYPE_CHECKING:
    from loadtest.ledger import Ledger

# So many kinds of errors are told apart; a server may put anything into its sentences.
MAX_KINDS = 40
OTHER = "other errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One second, more or less: `seconds` long, `at` seconds after the beginning. Times in s."""

    at: float
    seconds: float
    connected: int
    sent: int
    delivered: int
    errors: int
    p50: float | None
    p95: float | None
    p99: float | None


class Tally:
    """Everything that is counted during a test, and the samples of it."""

    __slots__ = (
        "_before",
        "_second",
        "behind",
        "connected",
        "connects",
        "errors",
        "latency",
        "ledger",
        "most_connected",
        "recovered",
        "resyncs",
        "samples",
    )

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.latency = Histogram()
        self.behind = Histogram()  # how long after it was due a message left: the load's own delay
        self.connected = 0  # at this moment
        self.most_connected = 0
        self.connects = 0
        self.recovered = 0  # arrivals after a return, which have no latency of their own
        self.resyncs = 0  # the server told a client that it has missed something
        self.errors: Counter[str] = Counter()
        self.samples: list[Sample] = []
        self._second = Histogram()
        self._before = (0.0, 0, 0, 0)

    def enter(self) -> None:
        """A user has connected."""
        self.connects += 1
        self.connected += 1
        self.most_connected = max(self.most_connected, self.connected)

    def leave(self) -> None:
        """A user's connection is gone."""
        self.connected -= 1

    def wait(self, microseconds: int) -> None:
        """A message took so long."""
        self.latency.add(microseconds)
        self._second.add(microseconds)

    def fail(self, kind: str) -> None:
        """Something went wrong that has this name."""
        known = kind in self.errors or len(self.errors) < MAX_KINDS
        self.errors[kind if known else OTHER] += 1

    def sample(self, at: float) -> Sample:
        """Close the second that ends `at` seconds after the beginning, and return it."""
        now = (at, self.ledger.sent, self.ledger.delivered, self.errors.total())
        seconds, sent, delivered, errors = (
            one - other for one, other in zip(now, self._before, strict=True)
        )
        times, self._second, self._before = self._second, Histogram(), now
        sample = Sample(
            at=at,
            seconds=float(seconds),
            connected=self.connected,
            sent=int(sent),
            delivered=int(delivered),
            errors=int(errors),
            p50=times.percentile(0.50),
            p95=times.percentile(0.95),
            p99=times.percentile(0.99),
        )
        self.samples.append(sample)
        return sample
