"""The Django app of the notifications."""

from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Registers the app; its topics and actions are found by name, like an `admin.py`."""

    name = "notifications"
    default_auto_field = "django.db.models.BigAutoField"
