"""The topics that the site declares: a channel for each pattern, with what it allows and keeps."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from realtime import registry
from realtime.asyncapi import references
from realtime.router import is_private

if TYPE_CHECKING:
    from realtime.catalog import Options, Permission
    from realtime.router import Pattern


def channels() -> dict[str, Any]:
    """Return a channel for each declared pattern. The first of them that matches decides."""
    return {_name(pattern): _channel(pattern, options) for pattern, options in registry.catalog}


def operations() -> dict[str, Any]:
    """Return what the site does on topics: send publications, and receive those of clients."""
    found: dict[str, Any] = {}
    for pattern, options in registry.catalog:
        name = _name(pattern)
        found[name] = references.operation("send", name, _sent(options))
        if _received(options):
            found[f"{name}.publish"] = references.operation("receive", name, _received(options))
    return found


def name_of(permission: Permission) -> str:
    """Return the word of a permission, or the name of the function that decides."""
    if isinstance(permission, str):
        return permission
    return str(getattr(permission, "__qualname__", type(permission).__qualname__))


def _name(pattern: Pattern) -> str:
    return f"topic.{pattern.text}"


def _sent(options: Options) -> list[str]:
    return ["push.pub", *(["push.join", "push.leave"] if options.join_leave else [])]


def _received(options: Options) -> list[str]:
    return [] if options.can_publish == "nobody" else ["publish"]


def _channel(pattern: Pattern, options: Options) -> dict[str, Any]:
    return {
        "title": f"Topic {pattern.text}",
        "address": pattern.text,
        "description": "A topic: the `channel` of the Data socket's commands and pushes.",
        "parameters": {
            name: {"description": "A word, or a part of one: letters, digits and `_ - : @ ~`."}
            for name in pattern.parameters
        },
        "messages": references.to_messages([*_sent(options), *_received(options)]),
        "x-topic": {
            "private": is_private(pattern.text),
            **{field.name: _plain(getattr(options, field.name)) for field in fields(options)},
        },
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return name_of(value) if callable(value) else value
