"""`manage.py serve`: the production server, with the flags that make the sockets fast and safe.

It replaces itself by uvicorn instead of starting a child, so that signals reach the server and
a supervisor watches the process that matters.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

try:
    import resource
except ImportError:  # pragma: no cover - Windows has neither the module nor the limit
    resource = None  # type: ignore[assignment]  # a module, elsewhere

from realtime.management.preflight import address, port_problem

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

PROFILES = ("development", "production", "high_scale")

UVICORN_FLAGS = (
    # What is framed once is written as it is; deflate would cost 64 to 316 KB a connection.
    *("--ws", "realtime.direct:DirectWebSocketProtocol", "--ws-per-message-deflate", "false"),
    *("--http", "realtime.direct:HttpProtocol"),
    *("--ws-max-size", "65536", "--timeout-graceful-shutdown", "20"),
    *("--loop", "uvloop", "--lifespan", "on"),
    # Lines about requests would put the token of a page's socket address into the log.
    *("--log-level", "warning", "--no-access-log"),
)


class Command(BaseCommand):
    """Start uvicorn with the settings of a profile."""

    help = (
        "Serve the site with uvicorn. It is one process: topics live in the memory of the "
        "process that publishes them, so do not start a second one for the same site."
    )
    # The settings loaded here are not those of the server, so their checks would say nothing.
    requires_system_checks = []  # noqa: RUF012 - Django declares it so

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options; HOST and PORT in the environment are their defaults."""
        parser.add_argument(
            "--profile",
            choices=PROFILES,
            default="production",
            help="settings to serve with (default: %(default)s)",
        )
        parser.add_argument(
            "--host",
            default=os.environ.get("HOST", "127.0.0.1"),
            help="address to listen on (default: HOST, or 127.0.0.1)",
        )
        parser.add_argument(
            "--port",
            default=os.environ.get("PORT", "8000"),
            help="port to listen on (default: PORT, or 8000)",
        )

    def handle(self, *args: Any, profile: str, host: str, port: str, **options: Any) -> None:
        """Check the address, print it, and become the server."""
        problem = port_problem(host, port)
        if problem is not None:
            raise CommandError(problem)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings_module(profile),
            "HOST": host,  # the settings answer to the name that the server listens on
            "PORT": port,
        }
        allow_many_connections()
        self.stdout.write(f"Goby ({profile}) is at http://{address(host, port)}/")
        self.stdout.flush()  # what is buffered does not survive the exec
        os.execve(sys.executable, command_line(host, port), environment)  # noqa: S606 - meant


def allow_many_connections() -> None:
    """Let the server open as many sockets as the system allows; the usual limit is 1,024 files."""
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(OSError, ValueError):  # macOS calls it unlimited, and refuses just that
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def settings_module(profile: str) -> str:
    """Return the settings module of `profile`: a neighbour of the one that is loaded now."""
    package = os.environ["DJANGO_SETTINGS_MODULE"].rpartition(".")[0]
    name = f"{package}.{profile}"
    try:
        known = package != "" and importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package itself does not exist
        known = False
    if not known:
        raise CommandError(
            f"There is no settings module for the profile {profile}. "
            "Keep one module a profile in one package, such as goby_project.settings.production."
        )
    return name


def command_line(host: str, port: str) -> list[str]:
    """Return the arguments that make this Python interpreter the server."""
    module, _, attribute = settings.ASGI_APPLICATION.rpartition(".")
    return [
        *(sys.executable, "-m", "uvicorn", f"{module}:{attribute}"),
        *("--app-dir", str(settings.BASE_DIR)),
        *("--host", host, "--port", port),
        *UVICORN_FLAGS,
    ]
