"""The project's production settings, but for what a benchmark does and nobody else.

Its one publisher says what a whole site's people say, so it may publish as fast as it can; it is
metered all the same. It may have as many connections as the machine bears. The batch size can be
set, to see what batching does, and for how long who goes is still there. And there is a fragment
to render.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from goby_project.settings.production import *  # noqa: F403 - a profile, as the project's own
from goby_project.settings.production import GOBY
from goby_project.settings.production import TEMPLATES as _SITE_TEMPLATES

GOBY = {
    **GOBY,
    "PUBLISH_RATE": 1_000_000.0,
    "PUBLISH_BURST": 1_000_000,
    "MAX_CONNECTIONS": 0,
    "MAX_MEMORY_MB": 0,
}

if size := os.environ.get("BENCH_BATCH_MAX_SIZE"):
    GOBY = {**GOBY, "BATCH_MAX_SIZE": int(size)}

if grace := os.environ.get("BENCH_PRESENCE_GRACE"):
    PRESENCE = {"GRACE": float(grace)}

_engine: dict[str, Any] = _SITE_TEMPLATES[0]
_own = Path(__file__).resolve().parent / "templates"
TEMPLATES = [{**_engine, "DIRS": [*_engine["DIRS"], _own]}]
