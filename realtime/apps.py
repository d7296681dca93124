"""The Django app: finds what other apps declare."""

from __future__ import annotations

import logging

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules


class RealtimeConfig(AppConfig):
    """Live topics for Django."""

    name = "realtime"

    def ready(self) -> None:
        """Import the apps' topics, actions and subscribers, as Django imports their admin."""
        from realtime import checks, signals  # noqa: F401 - importing registers them
        from realtime.log_level import set_log_level

        set_log_level(getattr(settings, "GOBY", {}), logging.getLogger("realtime"))
        autodiscover_modules("topics", "actions", "subscribers")
