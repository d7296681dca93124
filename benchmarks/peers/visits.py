"""One visit to a peer: its server on one core, the load on the other, one result."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks.child import result_of
from benchmarks.peers import equipment
from benchmarks.peers.valkey import valkey
from benchmarks.servers import running

if TYPE_CHECKING:
    from benchmarks.job import Job
    from benchmarks.machine import Cores
    from benchmarks.peers.roster import Peer
    from benchmarks.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerVisit:
    """Which peer, and what the load does there (port and processes follow)."""

    peer: Peer
    job: Job

    @property
    def title(self) -> str:
        """How the progress calls it."""
        return self.peer.name

    def run(self, cores: Cores, site: Site) -> dict[str, Any]:
        """Start the server, run the load against it, kill the server, return the load's result."""
        environment = {
            **site.environment,
            "PYTHONPATH": os.pathsep.join(_paths(site)),
            "NODE_PATH": str(equipment.MODULES),
            "NODE_ENV": "production",
        }
        with ExitStack() as stack:
            beside: tuple[int, ...] = ()
            if self.peer.needs_valkey:
                store = stack.enter_context(valkey(cores.server))
                environment["BENCH_CHANNELS_REDIS"] = f"redis://127.0.0.1:{store.port}"
                beside = (store.pid,)
            server = stack.enter_context(
                running(
                    self.peer.name,
                    self.peer.command,
                    core=cores.server,
                    environment=environment,
                )
            )
            job = replace(
                self.job,
                port=server.port,
                server_pid=server.pid,
                beside_pids=beside,
                protocol=self.peer.protocol,
            )
            title = f"The load on {self.peer.name}"
            return result_of("benchmarks.load", job.to_json(), core=cores.load, title=title)


def _paths(site: Site) -> list[str]:
    given = site.environment.get("PYTHONPATH", "")
    # Behind what the environment has: the peers' own packages shadow nothing of the site's.
    return [*filter(None, given.split(os.pathsep)), str(equipment.PYTHON)]
