"""One visit: a server on its core, a load process on the other, one result."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from benchmarks.machine import Cores, pinned
from benchmarks.phases import Window
from benchmarks.servers import AppName, Running, ServerKind, serving
from benchmarks.site import ROOT, Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.job import Job

_JOB_TIMEOUT = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Which server, with which settings, and what the load does there (port and pid follow)."""

    app: AppName
    kind: ServerKind
    job: Job
    signed_in: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How the progress and the table call it."""
        return f"{self.app} on {self.kind}"


def visit(wanted: Visit, cores: Cores, site: Site) -> dict[str, Any]:
    """Start the server, run the load against it, kill the server, return the load's result."""
    environment = {**site.environment, **wanted.environment}
    with serving(wanted.app, wanted.kind, core=cores.server, environment=environment) as server:
        job = _placed(wanted, server, site.cookie if wanted.signed_in else "")
        return _run_load(job, cores, wanted.title)


def windows_of(result: Mapping[str, Any]) -> list[Window]:
    """The windows of measurement in a result, typed again."""
    return [Window(**window) for window in result["windows"]]


def _placed(wanted: Visit, server: Running, cookie: str) -> Job:
    return replace(
        wanted.job,
        port=server.port,
        server_pid=server.pid,
        protocol="goby" if wanted.app == "goby" else "plain",
        cookie=cookie,
    )


def _run_load(job: Job, cores: Cores, title: str) -> dict[str, Any]:
    with pinned(cores.load):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", job.to_json()],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_JOB_TIMEOUT,
            check=False,
        )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(f"The load on {title} failed: {reason[0]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
