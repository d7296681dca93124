"""What a run says: rows of throughput, and single figures beside what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from benchmarks.machine import Cores
    from benchmarks.phases import Window
    from benchmarks.plan import Plan
    from benchmarks.site import Site

Results = Mapping[str, Sequence[Mapping[str, Any]]]  # of one scenario: key -> rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One figure; `at_least` or `at_most` is what is asked, neither where it only informs."""

    what: str
    measured: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether it is as asked; None where nothing is asked."""
        if self.at_least is not None:
            return self.measured >= self.at_least
        if self.at_most is not None:
            return self.measured <= self.at_most
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Throughput of one server with one number in flight: medians over the rounds."""

    server: str
    inflight: int
    rate: float
    p50_ms: float
    p99_ms: float
    joined: float
    server_busy: float
    load_busy: float
    missing: int


class Errand(Protocol):
    """A visit to a server, or a measurement in a process without one."""

    @property
    def title(self) -> str: ...

    def run(self, cores: Cores, site: Site) -> dict[str, Any]:
        """Return the result, or raise `RuntimeError`."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One errand of a scenario; those of the same key are rounds of the same thing."""

    scenario: str
    key: str
    errand: Errand


class Scenario(Protocol):
    """A question: the errands that answer it, and what their results say."""

    @property
    def name(self) -> str: ...

    def steps(self, plan: Plan) -> list[Step]: ...

    def rows(self, results: Results) -> list[Row]: ...

    def findings(self, plan: Plan, results: Results) -> list[Finding]: ...


def ratio(over: float, under: float) -> float:
    """`over / under`, and 0.0 where there is nothing to compare with."""
    return over / under if under else 0.0


def row_of(server: str, windows: Sequence[Window]) -> Row:
    """The medians of the same window over several rounds."""
    return Row(
        server=server,
        inflight=int(windows[0].name),
        rate=median(window.rate for window in windows),
        p50_ms=median(window.p50_ms for window in windows),
        p99_ms=median(window.p99_ms for window in windows),
        joined=median(ratio(window.deliveries, window.frames) for window in windows),
        server_busy=median(window.server_busy for window in windows),
        load_busy=median(window.load_busy for window in windows),
        missing=max((window.missing for window in windows), key=abs),
    )
