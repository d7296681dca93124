"""The site's production profile with the tests' own topics, on the older htmx."""

from __future__ import annotations

from typing import Any

from tests.playground.settings.production import *
from tests.playground.settings.production import TEMPLATES

LOADERS = [("django.template.loaders.cached.Loader", ["tests.playground.htmx_2.Loader"])]
engine: dict[str, Any] = TEMPLATES[0]
TEMPLATES = [{**engine, "APP_DIRS": False, "OPTIONS": {**engine["OPTIONS"], "loaders": LOADERS}}]
