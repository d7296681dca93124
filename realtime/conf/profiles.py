"""The three profiles side by side: what each of them states, and the settings that it makes.

The numbers are those of the performance guide's configuration templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime.conf.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PROFILE = "production"

STATED: Mapping[str, Mapping[str, Any]] = {
    "development": {
        "batch_max_size": 5,
        "batch_max_wait": 0.010,
        "fragment_ttl": 5.0,
        "log_level": "DEBUG",
        "allow_guests": True,
    },
    "production": {
        "batch_max_size": 20,
        "batch_max_wait": 0.005,
        "fragment_ttl": 30.0,
        "log_level": "INFO",
        "max_connections": 1_000,
        "max_memory_mb": 512,
    },
    "high_scale": {
        "batch_max_size": 50,
        "batch_max_wait": 0.002,
        "fragment_ttl": 60.0,
        "log_level": "WARNING",
        "max_connections": 5_000,
        "max_memory_mb": 2_048,
    },
}

PROFILES: Mapping[str, Settings] = {name: Settings(**stated) for name, stated in STATED.items()}
