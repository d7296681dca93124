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
    from realtime.fragments import (
        aforget,
        afragment,
        aget_or_render,
        forget,
        fragment,
        get_or_render,
        render_many,
    )
    from realtime.history import History
    from realtime.message import Publication
    from realtime.topics import BoundTopic, Topic, on_presence, subscriber

_HOMES = {
    "ActionError": "exceptions",
    "BoundTopic": "topics",
    "Client": "client",
    "History": "history",
    "Publication": "message",
    "Topic": "topics",
    "acall_action": "actions",
    "action": "actions",
    "aforget": "fragments",
    "afragment": "fragments",
    "aget_or_render": "fragments",
    "call_action": "actions",
    "forget": "fragments",
    "fragment": "fragments",
    "get_or_render": "fragments",
    "on_connect": "arrivals",
    "on_presence": "topics",
    "render_many": "fragments",
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
    "aforget",
    "afragment",
    "aget_or_render",
    "call_action",
    "forget",
    "fragment",
    "get_or_render",
    "on_connect",
    "on_presence",
    "render_many",
    "subscriber",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"realtime.{_HOMES[name]}"), name)
