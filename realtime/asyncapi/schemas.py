"""JSON schemas of what the Data socket says, derived from the schema of its binary form.

Both forms have the same fields. In JSON a field of bytes holds any JSON, and what is zero or empty
is left out, so that hardly any field is required.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from google.protobuf.descriptor import FieldDescriptor

from realtime.asyncapi import codes
from realtime.codecs import client_pb2
from realtime.router import MAX_TOPIC_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.descriptor import Descriptor

MESSAGES: Mapping[str, Descriptor] = client_pb2.DESCRIPTOR.message_types_by_name
COMMAND, REPLY, PUSH = MESSAGES["Command"], MESSAGES["Reply"], MESSAGES["Push"]

# Pushes that the protocol knows and this server has no use for.
UNSENT = frozenset({"message", "connect"})
PUSHES = tuple(
    field.name for field in PUSH.fields if field.message_type and field.name not in UNSENT
)

# What is always there, since clients would fail without it.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "ClientInfo": ("client",),
    "ConnectResult": ("client", "version"),
    "Disconnect": ("code", "reason"),
    "Error": ("code", "message"),
    "Join": ("info",),
    "Leave": ("info",),
    "Publication": ("data",),
    "RefreshResult": ("client", "version"),
    "Unsubscribe": ("code", "reason"),
}

TOPIC = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_TOPIC_LENGTH,
    "description": "A topic's name.",
}
# Fields of which more is known than their type.
NOTED: Mapping[str, dict[str, Any]] = {
    "goby.Disconnect.code": {"$ref": "#/components/schemas/CloseCode"},
    "goby.Error.code": {"$ref": "#/components/schemas/ErrorCode"},
    "goby.Unsubscribe.code": {"$ref": "#/components/schemas/UnsubscribeCode"},
    "goby.Publication.delta": {
        "type": "boolean",
        "description": "`data` is a patch of the data of the publication before.",
    },
    "goby.Publication.time": {"type": "integer", "description": "Milliseconds since 1970."},
}

SCALARS: Mapping[int, dict[str, Any]] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"description": "Any JSON."},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    FieldDescriptor.TYPE_INT64: {"type": "integer"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    FieldDescriptor.TYPE_UINT64: {"type": "integer", "minimum": 0},
}


def schemas() -> dict[str, Any]:
    """Return the schemas of all that stands within commands, replies and pushes, by name."""
    found: dict[str, Descriptor] = {}
    waiting = [*COMMAND.fields, *REPLY.fields, *(PUSH.fields_by_name[kind] for kind in PUSHES)]
    while waiting:
        below = _message_of(waiting.pop())
        if below is not None and below is not PUSH and below.name not in found:
            found[below.name] = below
            waiting += below.fields
    shared = {
        "CloseCode": codes.closes(),
        "ErrorCode": codes.errors(),
        "UnsubscribeCode": codes.unsubscribes(),
    }
    return {**{name: _object(found[name]) for name in sorted(found)}, **shared}


def reference(descriptor: Descriptor) -> dict[str, Any]:
    """Return a reference to the schema of a message."""
    return {"$ref": f"#/components/schemas/{descriptor.name}"}


def within(parent: Descriptor, name: str) -> Descriptor:
    """Return the message that stands in the field `name` of a command, reply or push."""
    return cast("Descriptor", parent.fields_by_name[name].message_type)  # it is no scalar


def _message_of(field: FieldDescriptor) -> Descriptor | None:
    message: Descriptor | None = field.message_type
    if message is None or not message.GetOptions().map_entry:
        return message
    return _message_of(message.fields_by_name["value"])


def _object(descriptor: Descriptor) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _field(field) for field in descriptor.fields},
    }
    if descriptor.name in REQUIRED:
        schema["required"] = list(REQUIRED[descriptor.name])
    if {"expires", "ttl"} <= schema["properties"].keys():
        schema["dependencies"] = {"expires": ["ttl"]}
    return schema


def _field(field: FieldDescriptor) -> dict[str, Any]:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        return {
            "type": "object",
            "additionalProperties": _value(message.fields_by_name["value"]),
        }
    value = _value(field)
    return {"type": "array", "items": value} if field.is_repeated else value


def _value(field: FieldDescriptor) -> dict[str, Any]:
    if field.full_name in NOTED:
        return NOTED[field.full_name]
    if field.message_type is not None:
        return reference(field.message_type)
    return TOPIC if field.name == "channel" else SCALARS[field.type]
