"""Reading `/bench/stats` of a benchmark server; plain http.client, for runner and load alike."""

from __future__ import annotations

import json
from http.client import HTTPConnection


def fetch_stats(port: int, *, collect: bool = False, timeout: float = 10.0) -> dict[str, int]:
    """What the server holds now; `collect` lets it collect garbage first."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/bench/stats?collect" if collect else "/bench/stats")
        counts: dict[str, int] = json.loads(connection.getresponse().read())
        return counts
    finally:
        connection.close()
