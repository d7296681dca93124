"""The site as it is really served: a server process of its own, on a free port of this machine.

    with serve("uvicorn") as server:
        httpx.get(server.url)

Each server has a directory of its own with a migrated database, and never outlives its block.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["uvicorn", "daphne"]

PROJECT = Path(__file__).resolve().parents[1]
START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0
# uvicorn serves the production profile, as `make serve` does; daphne the development profile,
# as `make run` does.
PROFILES: Mapping[Kind, str] = {"uvicorn": "production", "daphne": "development"}


@dataclass(slots=True, kw_only=True)
class Server:
    """A server process. `directory` holds its database, its static files and its log."""

    kind: Kind
    port: int
    directory: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address of the site, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_socket(self) -> str:
        """The address of the Data socket."""
        return f"ws://127.0.0.1:{self.port}/app/ws/data"

    @property
    def log(self) -> str:
        """Everything that the server wrote so far."""
        return (self.directory / "server.log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *self._arguments()],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.kind} did not start:\n{self.log}")
            time.sleep(0.05)  # between two questions, not instead of them

    def stop(self) -> None:
        """End the process: politely, and if that does not help, at once."""
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command beside the server, with its settings and database."""
        return manage(*arguments, environment=self.environment)

    def _arguments(self) -> list[str]:
        if self.kind == "daphne":
            return ["runserver", "--noreload", f"127.0.0.1:{self.port}"]
        profile = PROFILES[self.kind]
        return ["serve", "--profile", profile, "--host", "127.0.0.1", "--port", str(self.port)]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/", timeout=5):  # noqa: S310 - always http
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


@contextmanager
def serve(kind: Kind, *, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Serve the site with guests let in, until the block ends. `environment` is added to ours."""
    with tempfile.TemporaryDirectory(prefix="goby-server-") as name:
        directory = Path(name)
        shutil.copytree(_prepared(kind), directory, dirs_exist_ok=True)
        server = Server(
            kind=kind,
            port=free_port(),
            directory=directory,
            environment={**_environment(kind, directory), **(environment or {})},
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
        return port


def manage(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a management command, and return what it wrote and its exit code."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@cache
def _prepared(kind: Kind) -> Path:
    """Return a directory with a migrated database and static files, made once in a test run."""
    holder = tempfile.TemporaryDirectory(prefix=f"goby-prepared-{kind}-")
    _holders.append(holder)
    directory = Path(holder.name)
    environment = _environment(kind, directory)
    commands = [["migrate", "--no-input", "--verbosity", "0"]]
    if kind == "uvicorn":
        commands.append(["collectstatic", "--no-input", "--verbosity", "0"])
    for command in commands:
        done = manage(*command, environment=environment)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return directory


_holders: list[tempfile.TemporaryDirectory[str]] = []  # removed when the interpreter ends


def _environment(kind: Kind, directory: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOBY_")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": f"goby_project.settings.{PROFILES[kind]}",
        "GOBY_VAR": str(directory),
        "GOBY_SECRET_KEY": "only-for-the-servers-of-one-test-run-and-nothing-else",
        "GOBY_ALLOW_GUESTS": "1",
        "PYTHONUNBUFFERED": "1",
    }
