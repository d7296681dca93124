"""A Valkey server for the length of a visit: on the server's core, with nothing on the disk."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.machine import pinned
from benchmarks.peers import equipment
from benchmarks.servers import Running, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_TIMEOUT = 10.0
_LOOK = 0.05


@contextmanager
def valkey(core: int) -> Iterator[Running]:
    """Start it, wait until it accepts connections, kill it."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with pinned(core):
        process = subprocess.Popen(
            [equipment.valkey(), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        _await_port(port)
        yield Running(port=port, pid=process.pid)
    finally:
        process.kill()
        process.wait()


def _await_port(port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_LOOK)
        else:
            return
    raise RuntimeError(f"Valkey did not answer in {_START_TIMEOUT:.0f} s.")
