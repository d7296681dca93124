"""The site's production profile, with the tests' own topics."""

from __future__ import annotations

import json
import os

from goby_project.settings.production import *
from goby_project.settings.production import GOBY, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.playground"]
# Another site, whose pages some tests show.
GOBY = {**GOBY, "ALLOWED_ORIGINS": os.environ.get("PLAYGROUND_ORIGINS", "").split()}
# What else a test wants to be otherwise.
GOBY.update(json.loads(os.environ.get("PLAYGROUND_GOBY", "{}")))
ROOT_URLCONF = "tests.playground.urls"
