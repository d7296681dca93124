"""How long and how large a run is: the whole one, and the quick one for while you work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes in bytes, times in seconds, rates in messages a second."""

    name: str = "whole"
    subscribers: int = 500
    size: int = 128
    inflight: tuple[int, ...] = (1, 16)
    rounds: int = 3
    warmup: float = 1.0
    seconds: float = 4.0
    with_extras: bool = True  # the bare hub, and connections that follow a topic
    idle_rounds: int = 2
    idle_rate: float = 10.0
    idle_seconds: float = 5.0
    connections: int = 5000
    settle: float = 2.0
    stalled_rounds: int = 3
    stalled_rate: float = 50.0
    stalled_seconds: float = 5.0
    patience: float = 30.0
    returning: int = 1000  # clients that recover
    missed: int = 100  # publications, as many as the topic's history keeps
    recovery_rounds: int = 5
    commands: int = 5000
    rpc_rounds: int = 7
    crowd: int = 10_000  # users at once
    comings: int = 10  # how often they come again
    rooms: int = 100


WHOLE = Plan()
QUICK = Plan(
    name="quick",
    rounds=1,
    warmup=0.4,
    seconds=1.0,
    with_extras=False,
    idle_rounds=1,
    idle_seconds=2.0,
    connections=500,
    settle=0.5,
    stalled_rounds=1,
    stalled_seconds=3.0,
    patience=15.0,
    recovery_rounds=2,
    commands=2000,
    rpc_rounds=3,
    crowd=500,
    comings=2,
)
