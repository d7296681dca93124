"""The Django app of the people."""

from __future__ import annotations

from django.apps import AppConfig


class PresenceConfig(AppConfig):
    """Registers the app; its topics, actions and subscribers are found by name."""

    name = "presence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the check of the settings."""
        from presence import checks  # noqa: F401 - importing registers it
