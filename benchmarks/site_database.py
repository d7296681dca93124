"""Makes the database of the benchmark's site; prints the cookie of its one signed-in user.

Beside it the token of a page that everybody may open: only who has the site's secret can sign one.

A process of its own, because the runner never loads Django.
"""

from __future__ import annotations

import json
import sys

import django

from benchmarks.wire import TOPIC


def main() -> None:
    """Migrate, create a user, sign it in."""
    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    from realtime.tokens import Page, sign

    call_command("migrate", interactive=False, verbosity=0)
    client = Client()
    client.force_login(User.objects.create_user("bench"))
    name = settings.SESSION_COOKIE_NAME
    made = {
        "cookie": f"{name}={client.cookies[name].value}",
        "page_token": sign(Page(topics={TOPIC: None}, user="", session="")),
    }
    sys.stdout.write(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
