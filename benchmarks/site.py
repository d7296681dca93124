"""A site of the benchmark's own: the project's production settings, in a temporary directory.

Nothing that a run writes touches the developer's database, secret or static files.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The environment of its servers, the cookie of somebody signed in, a guest's page token."""

    environment: Mapping[str, str]
    cookie: str
    page_token: str


@contextmanager
def temporary_site() -> Iterator[Site]:
    """A migrated database with one user and one session, for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="goby-bench-") as directory:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.apps.goby_settings",
            "GOBY_VAR": directory,
            "GOBY_DATABASE": str(Path(directory) / "bench.sqlite3"),
            "GOBY_SECRET_KEY": secrets.token_urlsafe(40),
            "GOBY_ALLOW_GUESTS": "true",
            "GOBY_ALLOWED_HOSTS": "127.0.0.1",
            "GOBY_HTTPS": "false",
        }
        yield Site(environment=environment, **_prepare(environment))


def _prepare(environment: Mapping[str, str]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.site_database"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"The benchmark's database could not be made:\n{done.stderr[-2000:]}")
    made: dict[str, str] = json.loads(done.stdout)
    return made
