"""What a test asks of its own machine: a socket for each user, and files that can be written."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from loadtest.errors import LoadTestError

try:
    import resource
except ImportError:  # pragma: no cover - Windows has neither the module nor the limit
    HAS_LIMITS = False
else:
    HAS_LIMITS = True

if TYPE_CHECKING:
    from pathlib import Path

_SPARE = 100


def allow_sockets(users: int) -> None:
    """Let this process open so many sockets; raise `LoadTestError` if the system does not."""
    if not HAS_LIMITS:
        return
    needed = users + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        with suppress(OSError, ValueError):  # the hard limit is lower
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
            soft = needed
    if soft != resource.RLIM_INFINITY and soft < needed:
        raise LoadTestError(
            f"{users:,} users need {needed:,} open files, and this process may have {hard:,}. "
            f"Raise its hard limit (ulimit -Hn {needed}) or let fewer users in."
        )


def read_sessions(path: Path) -> tuple[str, ...]:
    """Return the cookies of a file: a line is a session's key, or "name=value"."""
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise LoadTestError(f"The sessions in {path} cannot be read ({error}).") from None
    if not lines:
        raise LoadTestError(f"There are no sessions in {path}. Write one a line.")
    return tuple(line if "=" in line else f"sessionid={line}" for line in lines)


def check_writable(*paths: Path | None) -> None:
    """Raise `LoadTestError` before the test rather than after it if a file has no place."""
    for path in paths:
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise LoadTestError(f"{path} is no file that can be written. Name another.")


def write(path: Path | None, text: str) -> None:
    """Write a file, if one was asked for."""
    if path is not None:
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise LoadTestError(f"{path} could not be written ({error.strerror}).") from None
