"""The schema of the binary form: what was made of it is of it, and it is the protocol's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from centrifuge.protocol import client_pb2 as theirs  # type: ignore[import-untyped]  # it has annotations

from realtime.codecs import client_pb2 as ours
from realtime.protocol import COMMANDS

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor, FileDescriptor

SOURCE = Path(ours.__file__).with_name("client.proto")

# A field's number and type, by its name.
Fields = dict[str, tuple[int, str]]

MESSAGE = re.compile(r"^message (\w+) \{(.*?)\}", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"^\s*((?:repeated )?[\w<>, ]+?) (\w+) = (\d+);", re.MULTILINE)

# By their numbers in the library.
TYPES = {3: "int64", 4: "uint64", 5: "int32", 8: "bool", 9: "string", 12: "bytes", 13: "uint32"}


def written() -> dict[str, Fields]:
    """Return the messages of the schema's text."""
    text = re.sub(r"//.*", "", SOURCE.read_text(encoding="utf-8"))
    return {
        name: {field: (int(number), kind.strip()) for kind, field, number in FIELD.findall(body)}
        for name, body in MESSAGE.findall(text)
    }


def compiled(file: FileDescriptor) -> dict[str, Fields]:
    """Return the messages that the compiler made."""
    return {
        name: {each.name: (each.number, type_of(each)) for each in message.fields}
        for name, message in file.message_types_by_name.items()
    }


def type_of(field: FieldDescriptor) -> str:
    message: Any = field.message_type
    if message is None:
        return TYPES[field.type]
    if message.GetOptions().map_entry:
        key, value = (type_of(message.fields_by_name[name]) for name in ("key", "value"))
        return f"map<{key}, {value}>"
    return f"repeated {message.name}" if field.is_repeated else str(message.name)


def test_schema_is_of_the_third_syntax() -> None:
    assert 'syntax = "proto3";' in SOURCE.read_text(encoding="utf-8")


def test_module_is_made_of_this_schema() -> None:
    assert len(written()) == SOURCE.read_text(encoding="utf-8").count("\nmessage ")
    assert compiled(ours.DESCRIPTOR) == written()


@pytest.mark.parametrize("name", sorted(written()))
def test_message_is_that_of_the_official_clients(name: str) -> None:
    assert written()[name].items() <= compiled(theirs.DESCRIPTOR)[name].items()


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            "SubscribeResult",
            {
                "expires": (1, "bool"),
                "ttl": (2, "uint32"),
                "recoverable": (3, "bool"),
                "epoch": (6, "string"),
                "publications": (7, "repeated Publication"),
                "recovered": (8, "bool"),
                "offset": (9, "uint64"),
                "positioned": (10, "bool"),
                "data": (11, "bytes"),
                "was_recovering": (12, "bool"),
                "delta": (13, "bool"),
            },
        ),
        (
            "Publication",
            {
                "data": (4, "bytes"),
                "info": (5, "ClientInfo"),
                "offset": (6, "uint64"),
                "tags": (7, "map<string, string>"),
                "delta": (8, "bool"),
                "time": (9, "int64"),
                "channel": (10, "string"),
            },
        ),
        ("PresenceResult", {"presence": (1, "map<string, ClientInfo>")}),
        ("UnsubscribeResult", {}),
    ],
)
def test_fields_are_read_from_the_text_as_they_stand_there(message: str, fields: Fields) -> None:
    assert written()[message] == fields


def test_every_command_has_a_field_and_every_reply_as_well() -> None:
    assert written()["Command"].keys() - {"id"} == COMMANDS
    assert written()["Reply"].keys() - {"id", "error", "push"} == COMMANDS - {"send"}


def test_package_is_not_that_of_a_client_library() -> None:
    """A process may use both, and the library refuses two files that name the same messages."""
    assert theirs.DESCRIPTOR.package
    assert ours.DESCRIPTOR.package != theirs.DESCRIPTOR.package
