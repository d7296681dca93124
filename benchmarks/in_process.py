"""A measurement without a server: the site's own code in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.child import result_of

if TYPE_CHECKING:
    from benchmarks.machine import Cores
    from benchmarks.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class InProcess:
    """Which module measures, and the argument that says what."""

    title: str
    module: str
    argument: str

    def run(self, cores: Cores, site: Site) -> dict[str, Any]:
        """Run it on the server's core, with the site's settings."""
        return result_of(
            self.module,
            self.argument,
            core=cores.server,
            title=self.title,
            environment=site.environment,
        )
