"""`manage.py benchmark`: what each optimisation gains, on this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

NEEDED = ("picows", "rich")


class Command(BaseCommand):
    """Measure with all optimisations, without each, without all, and stock Channels."""

    help = "Measure what each optimisation gains: under 10 minutes, with --quick about one."
    # The servers that are measured are other processes with settings of their own.
    requires_system_checks = []  # noqa: RUF012 - Django declares it so

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add = parser.add_argument
        add("--quick", action="store_true", help="one short round, and less exact")
        add("--only", metavar="NAME", help="one optimisation alone")
        add("--json", type=Path, metavar="FILE", help="write everything that was measured there")
        add("--svg", type=Path, metavar="FILE", help="write a picture of the gains there")
        add("--docs", type=Path, metavar="FILE", help="set gains and figures into this page")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it; end with 1 if something could not be measured."""
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise CommandError(
                f"The benchmark needs {' and '.join(missing)}, which a site does not. "
                f"Install with: {sys.executable} -m pip install {' '.join(missing)}"
            )
        failures = self._measure(options)
        if failures:
            raise CommandError("\n".join(failures))

    def _measure(self, options: dict[str, Any]) -> list[str]:
        from rich.console import Console

        from benchmarks.ablation.gains import gains_of
        from benchmarks.ablation.outputs import picture, tables, write_docs
        from benchmarks.ablation.run import run
        from benchmarks.ablation.trials import QUESTIONS, QUICK, WHOLE

        known = list(dict.fromkeys(each.optimisation for each in QUESTIONS))
        if options["only"] not in (None, *known):
            raise CommandError(f"--only is one of these: {', '.join(known)}.")
        if options["only"] and options["docs"]:
            raise CommandError("--docs writes the gains of a whole run: leave --only out.")
        sizes = QUICK if options["quick"] else WHOLE
        rounds, failures = run(sizes, options["only"], self.stdout.write)
        console = Console(file=cast("IO[str]", self.stdout))  # it has all that is used of a file
        for table in tables(rounds):
            console.print(table)
        gains = gains_of(rounds)
        if options["json"]:
            document = {
                "machine": _machine(),
                "sizes": asdict(sizes),
                "rounds": rounds,
                "gains": [asdict(gain) for gain in gains],
                "failures": failures,
            }
            options["json"].write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        if options["svg"] and gains:
            options["svg"].write_text(picture(gains), encoding="utf-8")
        if options["docs"] and gains:
            write_docs(options["docs"], rounds, _machine())
        return failures


def _machine() -> str:
    today = datetime.now(tz=UTC).date().isoformat()
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"Measured on {today}: {system}, Python {platform.python_version()}."
