"""Production for very many connections: the engine's high_scale profile and a quieter log."""

from __future__ import annotations

from goby_project.settings.production import *
from goby_project.settings.production import GOBY, LOGGING

GOBY = {**GOBY, "PROFILE": "high_scale"}
LOGGING = {
    **LOGGING,
    "loggers": {
        name: {"level": "WARNING"} for name in ("django", "chat", "presence", "notifications")
    },
}
