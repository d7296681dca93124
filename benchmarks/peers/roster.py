"""The peers: what each is called, how it is started, and what has to be installed for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers import equipment
from benchmarks.servers import asgi_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.wire import Protocol

_HERE = Path(__file__).resolve().parent
_STOCK = "benchmarks.apps.stock:application"
_GOBY = "benchmarks.apps.goby:application"
_SOCKETIO = "benchmarks.peers.socketio_site:application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One server of the comparison. `versions` are empty where a thing is not installed."""

    name: str
    protocol: Protocol
    command: Callable[[int], list[str]]
    versions: Callable[[], Mapping[str, str]]
    needs_valkey: bool = False

    @property
    def missing(self) -> list[str]:
        """What has to be installed before it can be measured."""
        return [name for name, found in self.versions().items() if not found]


def _environment(*names: str) -> dict[str, str]:
    return {name: version(name) for name in names}


def _channels_redis() -> dict[str, str]:
    valkey = equipment.valkey()
    # It says more than its version: "Valkey server v=9.1.2 sha=... malloc=..."
    told = equipment.program_version(valkey).partition("v=")[2].split() if valkey else []
    return {
        **_environment("channels", "uvicorn"),
        "channels-redis": equipment.python_version("channels-redis"),
        "Valkey": told[0] if told else "",
    }


def _python_socketio() -> dict[str, str]:
    found = equipment.python_version("python-socketio")
    return {**_environment("uvicorn"), "python-socketio": found}


def _on_node(module: str) -> dict[str, str]:
    found = equipment.node_module_version(module)
    return {"Node": equipment.program_version(equipment.node() or "node"), module: found}


def _node_command(program: str, port: int) -> list[str]:
    return [equipment.node(), str(_HERE / program), str(port)]


def _bun_command(port: int) -> list[str]:
    return [equipment.bun(), str(_HERE / "bun.js"), str(port)]


PEERS = (
    Peer(
        name="Channels, daphne",
        protocol="plain",
        command=partial(asgi_command, _STOCK, "daphne"),
        versions=partial(_environment, "channels", "daphne"),
    ),
    Peer(
        name="Channels, uvicorn",
        protocol="plain",
        command=partial(asgi_command, _STOCK, "uvicorn"),
        versions=partial(_environment, "channels", "uvicorn"),
    ),
    Peer(
        name="channels_redis",
        protocol="plain",
        command=partial(asgi_command, _STOCK, "uvicorn"),
        versions=_channels_redis,
        needs_valkey=True,
    ),
    Peer(
        name="python-socketio",
        protocol="socketio",
        command=partial(asgi_command, _SOCKETIO, "uvicorn"),
        versions=_python_socketio,
    ),
    Peer(
        name="Node ws",
        protocol="plain",
        command=partial(_node_command, "ws.cjs"),
        versions=partial(_on_node, "ws"),
    ),
    Peer(
        name="Socket.IO",
        protocol="socketio",
        command=partial(_node_command, "socketio.cjs"),
        versions=partial(_on_node, "socket.io"),
    ),
    Peer(
        name="Bun",
        protocol="plain",
        command=_bun_command,
        versions=lambda: {"Bun": equipment.program_version(equipment.bun())},
    ),
    Peer(
        name="Goby",
        protocol="goby",
        command=partial(asgi_command, _GOBY, "uvicorn"),
        versions=partial(_environment, "channels", "uvicorn"),
    ),
)
