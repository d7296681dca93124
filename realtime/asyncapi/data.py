"""The Data socket in the document: its commands, replies and pushes, and who asks for which.

As AsyncAPI has it, an operation tells what this site does: it receives commands and sends pushes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime.asyncapi import references
from realtime.asyncapi.schemas import COMMAND, PUSH, PUSHES, REPLY, TOPIC, reference, within
from realtime.consumers.data import BINARY
from realtime.protocol import COMMANDS, MAX_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNEL = "dataSocket"

DESCRIPTION = (
    "Programs and apps, over the Centrifuge client protocol, version 2. A text message holds one "
    "or several JSON objects, one a line. The first command is `connect`. A reply has the `id` of "
    "its command, and leaves before any push that the command causes. What is zero or empty is "
    "left out; unknown keys are ignored. The protocol's *channel* is a topic. Clients that ask for "
    f"the subprotocol `{BINARY}`, or for `?format=protobuf`, get the binary form of the same."
)

# What a handshake may ask for.
QUERY = {"type": "object", "properties": {"format": {"const": "protobuf"}}}
HEADERS = {"type": "object", "properties": {"Sec-WebSocket-Protocol": {"const": BINARY}}}

# What a command is refused without, besides the `channel` of those that have one.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "publish": ("data",),
    "refresh": ("token",),
    "rpc": ("method",),
    "send": ("data",),
    "sub_refresh": ("token",),
}

ID = {"type": "integer", "minimum": 1, "maximum": MAX_ID}


def commands() -> list[str]:
    """Return the names of the commands, in the order of the schema."""
    return [field.name for field in COMMAND.fields if field.name in COMMANDS]


def messages() -> dict[str, Any]:
    """Return every message of the Data socket, by its name in the document."""
    nothing = {"type": "object", "maxProperties": 0}
    return {
        **{name: _command(name) for name in commands()},
        **{f"{name}.reply": _reply(name) for name in commands() if _is_answered(name)},
        "error": message("A refused command", _exactly(id=ID, error=_result("error"))),
        **{f"push.{kind}": _push(kind) for kind in PUSHES},
        "heartbeat": message("A ping of the server, or the pong that answers it", nothing),
    }


def operations() -> dict[str, Any]:
    """Return what the site does on the Data socket."""
    pushes = [f"push.{kind}" for kind in PUSHES]
    return {
        **{f"data.{name}": _operation(name) for name in commands()},
        "data.push": references.operation("send", CHANNEL, pushes),
        "data.heartbeat": references.operation(
            "send", CHANNEL, ["heartbeat"], answers=["heartbeat"]
        ),
    }


def message(title: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of JSON."""
    return {"title": title, "contentType": "application/json", "payload": payload}


def request(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a command with this body; all but `send` have an id."""
    return _exactly(**({"id": ID} if _is_answered(name) else {}), **{name: body})


def reply(name: str) -> dict[str, Any]:
    """Return the schema of the reply to a command."""
    return _exactly(**{"id": ID, name: _result(name)})


def _is_answered(name: str) -> bool:
    return name in REPLY.fields_by_name


def _command(name: str) -> dict[str, Any]:
    body = within(COMMAND, name)
    needed = [*(["channel"] if "channel" in body.fields_by_name else []), *NEEDED.get(name, ())]
    schema = {"allOf": [reference(body), {"required": needed}]} if needed else reference(body)
    return message(f"The command {name}", request(name, schema))


def _reply(name: str) -> dict[str, Any]:
    return message(f"The reply to {name}", reply(name))


def _result(name: str) -> dict[str, Any]:
    return reference(within(REPLY, name))


def _push(kind: str) -> dict[str, Any]:
    about = {} if kind in {"disconnect", "refresh"} else {"channel": TOPIC}
    push = _exactly(**about, **{kind: reference(within(PUSH, kind))})
    return message(f"The push {kind}", _exactly(push=push))


def _exactly(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _operation(name: str) -> dict[str, Any]:
    answers = [f"{name}.reply", "error"] if _is_answered(name) else []
    return references.operation("receive", CHANNEL, [name], answers=answers)
