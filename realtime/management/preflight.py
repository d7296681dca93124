"""What must be true before a server starts: a free address, and places it may write to.

Each check answers with None or with one sentence for the person at the terminal, who gets it
instead of a traceback from deep inside a server. The Makefile runs this file as a script before
anything is installed, so it must not import anything outside of the standard library.
"""

from __future__ import annotations

import argparse
import errno
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HIGHEST_PORT = 65_535


def address(host: str, port: int | str) -> str:
    """Return `host:port` as it stands in a URL: an IPv6 address goes into brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def port_problem(host: str, port: str) -> str | None:
    """Say why no server could listen on `host` and `port`; None when one could."""
    if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= HIGHEST_PORT):
        return f"PORT must be a number from 1 to {HIGHEST_PORT}, not {port!r}."
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return f"HOST {host!r} is not a name or an address that this machine knows."
    problems = [_bind_problem(family, target) for family, *_, target in found]
    for code in problems:
        if code == errno.EADDRINUSE:
            return (
                f"{address(host, port)} is taken by another program. "
                f"Stop it, or choose another port: PORT={_other_port(int(port))}."
            )
    if None in problems:  # a name may stand for several addresses: one that works will do
        return None
    if errno.EACCES in problems:
        return f"Port {port} needs rights that you do not have. Choose one from 1024 upwards."
    return f"{address(host, port)} is not an address of this machine. Choose another HOST."


def write_problem(path: Path) -> str | None:
    """Say why `path` can be neither written nor made; None when it can."""
    path = path.absolute()
    existing = next(place for place in (path, *path.parents) if place.exists())
    if existing != path and not existing.is_dir():
        return f"{existing} is a file, so {path} cannot be made. Move it away."
    if not os.access(existing, os.W_OK):
        return f"{existing} is not writable for you. Change its owner or its permissions."
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names; print the first problem and return 1, or return 0."""
    parser = argparse.ArgumentParser(description="Check that a server can start.")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", help="port to listen on")
    parser.add_argument("--writable", nargs="*", default=[], type=Path, metavar="PATH")
    options = parser.parse_args(arguments)
    problems = [write_problem(path) for path in options.writable]
    if options.host is not None and options.port is not None:
        problems.append(port_problem(options.host, options.port))
    for problem in filter(None, problems):
        sys.stderr.write(f"Goby cannot start: {problem}\n")
        return 1
    return 0


def _bind_problem(family: int, target: tuple[Any, ...]) -> int | None:
    """Bind and let go again, as a server would; return the error number when refused."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # A port whose last connections linger (TIME_WAIT) is free for a server.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # as servers do: :: leaves IPv4 to others
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(target)
    except OSError as error:
        return error.errno
    return None


def _other_port(port: int) -> int:
    return port + 1 if port < HIGHEST_PORT else port - 1


if __name__ == "__main__":
    sys.exit(main())
