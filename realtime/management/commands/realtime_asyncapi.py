"""`manage.py realtime_asyncapi`: print the AsyncAPI document of both sockets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from realtime.asyncapi import document

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """Print what the sockets of this site say and hear."""

    help = "Print the AsyncAPI 3.0 document of the sockets, with this site's topics and actions."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--indent", type=int, help="spaces of each level; without it, one line")
        parser.add_argument("--host", default="localhost:8000", help="where the site is reached")
        parser.add_argument("--secure", action="store_true", help="over HTTPS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        found = document(host=options["host"], secure=options["secure"])
        self.stdout.write(json.dumps(found, indent=options["indent"], ensure_ascii=False))
