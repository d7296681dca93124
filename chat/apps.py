"""The Django app of the chat."""

from __future__ import annotations

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Registers the app; its topics and actions are found by name, like an `admin.py`."""

    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"
