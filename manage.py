"""Django's command line for this project; the development profile unless told otherwise."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line
from environs import EnvError


def main() -> None:
    """Run one management command; a bad environment variable ends it in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goby_project.settings.development")
    try:
        execute_from_command_line(sys.argv)
    except EnvError as error:
        sys.exit(f"Goby cannot start: {error}")


if __name__ == "__main__":
    main()
