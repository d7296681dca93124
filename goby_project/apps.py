"""The site as a Django app of its own, which joins apps that do not know one another."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class Wiring(AppConfig):
    """Connects the apps' signals once all of them are loaded."""

    name = "goby_project"

    def ready(self) -> None:
        """Import what connects them."""
        import_module("goby_project.wiring")
