"""The settings of the engine: frozen, typed, with the three profiles side by side.

A site writes `GOBY = {"PROFILE": "production", "BATCH_MAX_SIZE": 30}` in its Django settings. The
profile gives the defaults, the rest overrides them, and the environment overrides both:
`GOBY_BATCH_MAX_SIZE=40`.
"""

from __future__ import annotations

from realtime.conf.effective import (
    OPEN_TO_ALL,
    Effective,
    Source,
    effective,
    from_mapping,
    problems_of,
    resolve,
)
from realtime.conf.profiles import PROFILES
from realtime.conf.rules import PROFILE, SECRET
from realtime.conf.settings import Settings

__all__ = [
    "OPEN_TO_ALL",
    "PROFILE",
    "PROFILES",
    "SECRET",
    "Effective",
    "Settings",
    "Source",
    "effective",
    "from_mapping",
    "problems_of",
    "resolve",
]
