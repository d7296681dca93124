"""The questions of a run, in the order in which they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.scenarios.connections import Connections
from benchmarks.scenarios.fan_out import FanOut
from benchmarks.scenarios.fragments import Fragments
from benchmarks.scenarios.idle_latency import IdleLatency
from benchmarks.scenarios.pages import Pages
from benchmarks.scenarios.recovery import Recovery
from benchmarks.scenarios.rpc import RPC
from benchmarks.scenarios.stalled_reader import StalledReader
from benchmarks.scenarios.targets import Targets

if TYPE_CHECKING:
    from benchmarks.findings import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    FanOut(kind="uvicorn", asked={1: 12.0, 16: 60.0}, protobuf=True),
    Pages(),
    FanOut(kind="daphne", asked={1: 5.0, 16: 25.0}),
    IdleLatency(),
    Connections(),
    StalledReader(),
    Fragments(),
    Recovery(),
    RPC(),
    Targets(),
)
