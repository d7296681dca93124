"""Live topics for Django: publish an event, and every page and program that follows has it.

The public names are imported when they are first used, so that the core of the package can be
imported without Django.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.actions import acall_action, action, call_action
    from realtime.arrivals import on_connect
    from realtime.client import Client
    from realtime.exceptions import ActionError
    from realtime.history import History
    from realtime.message import Publication
    from realtime.topics import BoundTopic, Topic, subscriber

_HOMES = {
    "ActionError": "exceptions",
    "BoundTopic": "topics",
    "Client": "client",
    "History": "history",
    "Publication": "message",
    "Topic": "topics",
    "acall_action": "actions",
    "action": "actions",
    "call_action": "actions",
    "on_connect": "arrivals",
    "subscriber": "topics",
}

__all__ = [
    "ActionError",
    "BoundTopic",
    "Client",
    "History",
    "Publication",
    "Topic",
    "acall_action",
    "action",
    "call_action",
    "on_connect",
    "subscriber",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"realtime.{_HOMES[name]}"), name)
