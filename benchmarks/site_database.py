"""Makes the database of the benchmark's site, and prints the cookie of its one signed-in user.

A process of its own, because the runner never loads Django.
"""

from __future__ import annotations

import sys

import django


def main() -> None:
    """Migrate, create a user, sign it in."""
    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", interactive=False, verbosity=0)
    client = Client()
    client.force_login(User.objects.create_user("bench"))
    name = settings.SESSION_COOKIE_NAME
    sys.stdout.write(f"{name}={client.cookies[name].value}\n")


if __name__ == "__main__":
    main()
