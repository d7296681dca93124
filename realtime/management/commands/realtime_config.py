"""`manage.py realtime_config`: print the settings that hold, and where each of them came from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from realtime import conf
from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """Print what holds."""

    help = (
        "Print every setting of GOBY as it holds with this Django settings module and this "
        "environment, and where it came from: environment, settings, profile or default."
    )
    # It is asked when something is wrong, and says itself what is wrong in GOBY.
    requires_system_checks = []  # noqa: RUF012 - Django declares it so

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it; end with sentences where the settings cannot be used."""
        try:
            found = conf.effective(getattr(settings, "GOBY", {}))
        except ConfigurationError as error:
            raise CommandError(str(error)) from None
        entries = {
            key: {"value": _shown(key, found), "source": source}
            for key, source in found.sources.items()
        }
        if options["json"]:
            self.stdout.write(json.dumps(entries, indent=2))
            return
        rows = [
            (key, json.dumps(entry["value"]), str(entry["source"]))
            for key, entry in entries.items()
        ]
        for line in _table([("key", "value", "from"), *rows]):
            self.stdout.write(line)


def _shown(key: str, found: conf.Effective) -> Any:
    if key == conf.PROFILE:
        return found.profile
    value = getattr(found.settings, key.lower())
    return f"{len(value)}, not shown" if value and key in conf.SECRET else value


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [f"{key:{widths[0]}}  {value:{widths[1]}}  {source}" for key, value, source in rows]
