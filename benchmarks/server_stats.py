"""Reading what a benchmark server tells of itself; plain http.client, for runner and load alike."""

from __future__ import annotations

import json
from http.client import HTTPConnection


def fetch_stats(port: int, *, collect: bool = False, timeout: float = 10.0) -> dict[str, int]:
    """What the server holds now; `collect` lets it collect garbage first."""
    return _fetch(port, "/bench/stats?collect" if collect else "/bench/stats", timeout)


def fetch_events(port: int) -> dict[str, int]:
    """How often the server did what it counts; these numbers only rise."""
    return _fetch(port, "/bench/events", 10.0)


def _fetch(port: int, path: str, timeout: float) -> dict[str, int]:
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        counts: dict[str, int] = json.loads(connection.getresponse().read())
        return counts
    finally:
        connection.close()
