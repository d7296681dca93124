"""Server processes: started on their core and a free port, awaited, and always killed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Literal, NoReturn

from benchmarks.machine import pinned
from benchmarks.server_stats import fetch_stats
from benchmarks.site import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

ServerKind = Literal["uvicorn", "daphne"]
AppName = Literal["stock", "goby", "bare"]

_START_TIMEOUT = 60.0  # on a machine that has other things to do
_LOOK = 0.05
_LAST_LINES = 15
_OURS = "benchmarks.apps.goby:application"
_DIRECT = (
    *("--ws", "realtime.direct:DirectWebSocketProtocol", "--http", "realtime.direct:HttpProtocol"),
)
_UVICORN = (
    *("--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--ws-max-size", "65536"),
    *("--loop", "uvloop", "--log-level", "warning", "--no-access-log", "--backlog", "4096"),
)
_DAPHNE = ("-v", "0", "--websocket_timeout", "-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers."""

    port: int
    pid: int


def asgi_command(target: str, kind: ServerKind, port: int) -> list[str]:
    """How to start an ASGI application on a port."""
    if kind == "uvicorn":
        place = ["--host", "127.0.0.1", "--port", str(port)]
        ways = _DIRECT if target == _OURS else ()
        return [sys.executable, "-m", "uvicorn", target, *place, *_UVICORN, *ways]
    return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), *_DAPHNE, target]


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    app: AppName, kind: ServerKind, *, core: int, environment: Mapping[str, str]
) -> Iterator[Running]:
    """One of our applications for the length of the block, on one of the servers for ASGI."""
    command = partial(asgi_command, f"benchmarks.apps.{app}:application", kind)
    with running(f"{app} on {kind}", command, core=core, environment=environment) as server:
        yield server


@contextmanager
def running(
    name: str, command: Callable[[int], list[str]], *, core: int, environment: Mapping[str, str]
) -> Iterator[Running]:
    """The server that `command` starts on a port; it is killed however the block ends."""
    port = free_port()
    with tempfile.TemporaryFile() as output:
        with pinned(core):
            process = subprocess.Popen(
                command(port),
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _await_answer(process, port, output, name)
            yield Running(port=port, pid=process.pid)
        finally:
            process.kill()
            process.wait()


def _await_answer(
    process: subprocess.Popen[bytes], port: int, output: IO[bytes], name: str
) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended before it answered.\n{_last_lines(output)}")
        try:
            fetch_stats(port)
        except (OSError, ValueError):
            time.sleep(_LOOK)
        else:
            return
    raise RuntimeError(f"{name} did not answer in {_START_TIMEOUT:.0f} s.\n{_last_lines(output)}")


def _last_lines(output: IO[bytes]) -> str:
    output.seek(0)
    return "\n".join(output.read().decode(errors="replace").splitlines()[-_LAST_LINES:])


def end_on_sigterm() -> None:
    """Let a SIGTERM unwind the stack, so that the servers die with the runner."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(143)

    signal.signal(signal.SIGTERM, stop)
