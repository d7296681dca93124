"""The Data socket's binary form, as a client has it that knows the schema and nothing else.

Commands go in and replies come out as the objects of the JSON form, so that one test can speak
both. Nothing of the codec under test is used here, only what the compiler made of the schema.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.message import Message
from google.protobuf.proto import parse_length_prefixed, serialize_length_prefixed

from realtime.codecs import client_pb2 as schema

# Of type bytes; what they hold is JSON text.
TEXTS = frozenset({"data", "conn_info", "chan_info"})
# Of the 99th field nobody knows anything.
UNKNOWN_FIELD = b"\x9a\x06\x00"

# What the JSON form writes where the binary form leaves it out, and clients read it none the less.
ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "Disconnect": {"reason": ""},
    "PresenceResult": {"presence": {}},
    "PresenceStatsResult": {"num_clients": 0, "num_users": 0},
    "Unsubscribe": {"reason": ""},
}


def frame_of(*objects: Mapping[str, Any]) -> bytes:
    """Return commands, and empty objects for pongs, as one frame."""
    stream = io.BytesIO()
    for each in objects:
        serialize_length_prefixed(command_of(each), stream)
    return stream.getvalue()


def command_of(command: Mapping[str, Any]) -> schema.Command:
    """Return a command as a message; one that the protocol does not have as an unknown field."""
    known = {name: _texted(body) for name, body in command.items() if name != "id"}
    unknown = [name for name in known if name not in schema.Command.DESCRIPTOR.fields_by_name]
    for name in unknown:
        del known[name]
    # A client counts from 1; a command without an id has none on the wire.
    message = schema.Command(id=command.get("id", 0), **known)
    message.MergeFromString(UNKNOWN_FIELD * len(unknown))
    return message


def _texted(value: Any) -> Any:
    """Return an object with each of its values that is JSON as a text."""
    if not isinstance(value, Mapping):
        return value
    return {
        name: json.dumps(each).encode() if name in TEXTS else _texted(each)
        for name, each in value.items()
    }


def replies_of(frame: bytes) -> list[schema.Reply]:
    """Return the messages of a frame."""
    stream, found = io.BytesIO(frame), []
    while stream.tell() < len(frame):
        found.append(parse_length_prefixed(schema.Reply, stream))
    return found


def object_of(message: Message, *, texts: bool = False) -> dict[str, Any]:
    """Return a message as the object of the JSON form.

    With `texts` what was published is for a client that gets patches: a text, which need be no
    JSON.
    """
    if isinstance(message, schema.SubscribeResult):
        texts = message.delta
    is_text = texts and isinstance(message, schema.Publication)
    read = {
        each.name: value.decode() if is_text and each.name == "data" else _plain(value, texts=texts)
        for each, value in message.ListFields()
    }
    return {**ALWAYS.get(message.DESCRIPTOR.name, {}), **read}


def _plain(value: Any, *, texts: bool) -> Any:
    if isinstance(value, Message):
        return object_of(value, texts=texts)
    if isinstance(value, bytes):
        return json.loads(value)
    if isinstance(value, Mapping):
        return {key: _plain(each, texts=texts) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each, texts=texts) for each in value]
    return value
