"""The commands' tests use the site of the sockets' tests."""

from __future__ import annotations

from tests.realtime.consumers.conftest import bystander, engine, goby, log, open_data, site

__all__ = ["bystander", "engine", "goby", "log", "open_data", "site"]
