"""The Django app of the chat."""

from __future__ import annotations

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Registers the app; its topics and actions are found by name, like an `admin.py`."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Be there when a room is deleted."""
        from chat import closing  # noqa: F401 - importing connects it
