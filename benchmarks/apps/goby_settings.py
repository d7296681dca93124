"""The project's production settings, but for two things that a benchmark does and nobody else.

Its one publisher says what a whole site's people say, so it may publish as fast as it can; it is
metered all the same. And the batch size can be set, to see what batching does.
"""

from __future__ import annotations

import os

from goby_project.settings.production import *  # noqa: F403 - a profile, as the project's own
from goby_project.settings.production import GOBY

GOBY = {**GOBY, "PUBLISH_RATE": 1_000_000.0, "PUBLISH_BURST": 1_000_000}

if size := os.environ.get("BENCH_BATCH_MAX_SIZE"):
    GOBY = {**GOBY, "BATCH_MAX_SIZE": int(size)}
