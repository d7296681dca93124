"""The site's development profile, with the tests' own topics."""

from __future__ import annotations

from goby_project.settings.development import *
from goby_project.settings.development import GOBY, INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "tests.playground"]
ROOT_URLCONF = "tests.playground.urls"
GOBY = {**GOBY, **dict(env.json("PLAYGROUND_GOBY", default={}))}
