"""The site's production profile, with the tests' own topics."""

from __future__ import annotations

from goby_project.settings.production import *
from goby_project.settings.production import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.playground"]
