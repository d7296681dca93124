"""One visit: a server on its core, a load process on the other, one result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from benchmarks.child import result_of
from benchmarks.phases import Window
from benchmarks.servers import AppName, Running, ServerKind, serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.job import Job
    from benchmarks.machine import Cores
    from benchmarks.site import Site


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

    def run(self, cores: Cores, site: Site) -> dict[str, Any]:
        """Start the server, run the load against it, kill the server, return the load's result."""
        environment = {**site.environment, **self.environment}
        with serving(self.app, self.kind, core=cores.server, environment=environment) as server:
            job = self._placed(server, site)
            title = f"The load on {self.title}"
            return result_of("benchmarks.load", job.to_json(), core=cores.load, title=title)

    def _placed(self, server: Running, site: Site) -> Job:
        return replace(
            self.job,
            port=server.port,
            server_pid=server.pid,
            protocol=self.job.protocol if self.app == "goby" else "plain",
            cookie=site.cookie if self.signed_in else "",
            page_token=site.page_token,
        )


def windows_of(result: Mapping[str, Any]) -> list[Window]:
    """The windows of measurement in a result, typed again."""
    return [Window(**window) for window in result["windows"]]
