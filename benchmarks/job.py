"""What the runner asks of a load process; it travels there as one argument of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from benchmarks.wire import Protocol

Mode = Literal[
    "closed",
    "paced",
    "stalled",
    "idle",
    "recovery",
    "rooms",
    "topics",
    "people",
    "repetitions",
    "crowds",
    "busy rooms",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One visit to one server; sizes in bytes, times in seconds, `rate` in messages a second."""

    mode: Mode
    port: int = 0  # known once the server runs, as is its pid
    server_pid: int = 0
    beside_pids: tuple[int, ...] = ()  # what else works for the server, such as its broker
    protocol: Protocol = "goby"
    subscribers: int = 500
    size: int = 128
    inflight: tuple[int, ...] = (1, 16)
    warmup: float = 1.0
    seconds: float = 4.0
    rate: float = 10.0
    patience: float = 30.0
    cookie: str = ""
    page_token: str = ""
    follow: bool = False
    missed: int = 100
    rounds: int = 1
    rooms: int = 0
    topics: int = 1  # on one connection
    api_key: str = ""

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes whose work is the server's."""
        return (self.server_pid, *self.beside_pids)

    def to_json(self) -> str:
        """The argument of `python -m benchmarks.load`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read it back inside of the load process."""
        fields = json.loads(text)
        lists = {name: tuple(fields[name]) for name in ("inflight", "beside_pids")}
        return cls(**{**fields, **lists})
