"""The site's production profile for tests that try more at once than one may otherwise."""

from __future__ import annotations

from goby_project.settings.production import *  # noqa: F403 - a profile on top of another
from goby_project.settings.production import GOBY

# The chat counts in the cache, and refuses nobody where it loses the count.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
COMMANDS = ("PUBLISH", "READ", "SUBSCRIBE")
GOBY = {**GOBY, **{f"{each}_BURST": 1_000_000 for each in COMMANDS}}
