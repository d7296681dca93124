"""The project's production settings; only the batch size can be set, to see what batching does."""

from __future__ import annotations

import os

from goby_project.settings.production import *  # noqa: F403 - a profile, as the project's own
from goby_project.settings.production import GOBY

if size := os.environ.get("BENCH_BATCH_MAX_SIZE"):
    GOBY = {**GOBY, "BATCH_MAX_SIZE": int(size)}
