"""The actions that the site registers: a channel for each, with the arguments that it takes.

An action is asked for in two ways, by a program's `rpc` and by a page's form. Forms send text, so
a number or a truth value may come as text from them.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from realtime.actions import registered
from realtime.asyncapi import data, html, references
from realtime.asyncapi.topics import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.actions import Action
    from realtime.arguments import Parameter

TYPES: Mapping[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "array",
}
# What forms send as text.
TEXTUAL = frozenset({int, float, bool})


def channels() -> dict[str, Any]:
    """Return a channel for each registered action, by name."""
    return {_name(found): _channel(found) for found in registered()}


def operations() -> dict[str, Any]:
    """Return that the site receives what actions are asked for, and answers."""
    return {
        _name(found): references.operation(
            "receive", _name(found), ["rpc", "form"], answers=_answers(found)
        )
        for found in registered()
    }


def _name(found: Action) -> str:
    return f"action.{found.name}"


def _answers(found: Action) -> list[str]:
    return ["rpc.reply", "error", *(["fragment"] if found.fragment else [])]


def _channel(found: Action) -> dict[str, Any]:
    return {
        "title": f"Action {found.name}",
        "address": found.name,
        "summary": (inspect.getdoc(found.handler) or "").partition("\n")[0],
        "description": "The `method` of an rpc, or the field `action` of a form.",
        "messages": {
            "rpc": data.message("Asked for by a program", _rpc(found)),
            "form": data.message("Asked for by a page", _form(found)),
            **references.to_messages(_answers(found)),
        },
        "x-action": {"allow": name_of(found.allow), "fragment": found.fragment},
    }


def _rpc(found: Action) -> dict[str, Any]:
    arguments = _arguments(found, textual=False)
    body = {
        "type": "object",
        "properties": {"method": {"const": found.name}, "data": arguments},
        "required": ["method", *(["data"] if arguments["required"] else [])],
    }
    return data.request("rpc", body)


def _form(found: Action) -> dict[str, Any]:
    arguments = _arguments(found, textual=True)
    fields = {**arguments["properties"], **html.envelope(), "action": {"const": found.name}}
    required = ["action", *arguments["required"]]
    return {**arguments, "properties": fields, "required": required}


def _arguments(found: Action, *, textual: bool) -> dict[str, Any]:
    parameters = found.parameters.values()
    return {
        "type": "object",
        "properties": {each.name: _type(each, textual=textual) for each in parameters},
        "required": [each.name for each in parameters if each.required],
        "additionalProperties": False,
    }


def _type(parameter: Parameter, *, textual: bool) -> dict[str, Any]:
    kinds = [TYPES[parameter.kind]]
    if textual and parameter.kind in TEXTUAL:
        kinds.append("string")
    if parameter.nullable:
        kinds.append("null")
    return {"type": kinds if len(kinds) > 1 else kinds[0]}
