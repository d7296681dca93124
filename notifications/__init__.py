"""What a person must not miss: stored for them, shown by a bell on every page, delivered live.

The public names are imported when they are first used, because models need the loaded apps.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifications.kinds import Kind
    from notifications.sending import anotify, notify

_HOMES = {"Kind": "kinds", "anotify": "sending", "notify": "sending"}

__all__ = ["Kind", "anotify", "notify"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"notifications.{_HOMES[name]}"), name)
