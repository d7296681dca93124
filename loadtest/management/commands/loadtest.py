"""`manage.py loadtest`: let many users use a site, and say how it went.

What needs picows and rich is imported when the command runs: they are no part of a site.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from loadtest.conditions import parse
from loadtest.errors import LoadTestError
from loadtest.files import allow_sockets, check_writable
from loadtest.options import plan_of

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

NEEDED = ("picows", "rich")


class Command(BaseCommand):
    """Connect, publish, count and measure."""

    help = (
        "Let USERS use the chat of the site at URL for SECONDS: they connect, follow rooms and say "
        "things, and every message is counted at every follower. What they say stays in the "
        "site's database, so use a site that you can throw away."
    )
    # The site that is measured is another process, often with other settings.
    requires_system_checks = []  # noqa: RUF012 - Django declares it so

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments; the first three are those of the guide's script."""
        add = parser.add_argument
        add("users", nargs="?", type=int, default=100, help="how many (%(default)s)")
        add("seconds", nargs="?", type=float, default=60.0, help="how long (%(default)s)")
        add("url", nargs="?", default="http://127.0.0.1:8000/", help="where (%(default)s)")
        add("--socket", choices=("html", "data"), default="html", help="%(default)s")
        add("--ramp", type=float, default=-1.0, help="seconds in which all connect (USERS / 200)")
        add("--rooms", default="lobby", help="slugs, or how many rooms to make (%(default)s)")
        talk = parser.add_mutually_exclusive_group()
        talk.add_argument("--rate", type=float, default=10.0, help="messages a second of all (10)")
        talk.add_argument("--think", type=float, default=0.0, help="or a user's mean pause, in s")
        add("--size", type=int, default=64, help="characters of a message (%(default)s)")
        add(
            "--sign-in",
            choices=("none", "guests", "tokens"),
            help="no account, a guest's session, tokens (html: guests, data: none)",
        )
        add("--sessions", type=Path, help="a file with session cookies, one a line")
        add("--accounts", type=int, default=0, help="how many guests to make (as few as needed)")
        add("--storm", type=float, default=0.0, help="cut connections every so many seconds")
        add("--storm-share", type=float, default=0.5, help="this share of them (%(default)s)")
        add("--seed", type=int, default=1, help="of what is random (%(default)s)")
        add("--fail-if", action="append", default=[], help='such as "p99>100ms" or "lost>0"')
        add("--json", type=Path, help="write everything that was measured to this file")
        add("--html", type=Path, help="write a report with plots to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the test; end with 1 if it could not be made, or failed by a condition."""
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise CommandError(
                f"The load test needs {' and '.join(missing)}, which a site does not. "
                f"Install with: {sys.executable} -m pip install {' '.join(missing)}"
            )
        try:
            failures = self._test(options)
        except LoadTestError as error:
            raise CommandError(str(error)) from None
        if failures:
            raise CommandError("\n".join(f"Failed by {sentence}" for sentence in failures))

    def _test(self, options: dict[str, Any]) -> list[str]:
        from rich.console import Console  # as above

        from loadtest.conduct import conduct
        from loadtest.outputs import publish

        conditions = [parse(text) for text in options["fail_if"]]
        plan = plan_of(options)
        check_writable(options["json"], options["html"])
        allow_sockets(plan.users)
        console = Console()
        return publish(
            conduct(plan, console),
            conditions,
            console=console,
            json_file=options["json"],
            html_file=options["html"],
        )
