"""The Data socket's codec: the Centrifuge client protocol, version 2, in its binary form.

Frames are bytes. Each message in one is preceded by its length as a varint, so a batch is a plain
concatenation. What is JSON in the other form stays JSON text here, in fields of type bytes; so
the commands read and write the same dicts, whichever form a client speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import orjson
from google.protobuf.message import DecodeError

from realtime.codecs import client_pb2 as schema
from realtime.codecs.base import Encoded
from realtime.codecs.joining import Joiner
from realtime.codecs.json import error_of, info_of
from realtime.codecs.varint import field, prefixed, split
from realtime.exceptions import CommandError, ProtocolError
from realtime.message import Change, Frame, Overflow, Publication
from realtime.protocol import BAD_FRAME, PONG, Command, numbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from google.protobuf.message import Message

# The fields of type bytes, which hold JSON text.
TEXTS = frozenset({"data", "conn_info", "chan_info"})

_REPLY = schema.Reply.DESCRIPTOR.fields_by_name
_PUBLICATIONS = {
    "subscribe": schema.SubscribeResult.PUBLICATIONS_FIELD_NUMBER,
    "history": schema.HistoryResult.PUBLICATIONS_FIELD_NUMBER,
}
_RESULTS: Mapping[str, Any] = {
    name: getattr(schema, found.message_type.name)
    for name, found in _REPLY.items()
    if found.message_type is not None
}


@dataclass(frozen=True, slots=True, eq=False)
class BinaryFrame(Frame):
    """A frame that carries bytes instead of text."""

    contents: bytes = b""


class ProtobufCodec:
    """Publications as length-delimited `Reply` messages, concatenated."""

    name = "protobuf"
    ping: Frame = BinaryFrame("", 1, contents=b"\0")

    def __init__(self) -> None:
        self.join = Joiner(_joined)

    def encode(self, publication: Publication, overflow: Overflow) -> Frame:
        """Return the push."""
        return _push_of(publication, overflow, _pub_of(publication, publication.json))

    def document(
        self, publication: Publication, overflow: Overflow, data: bytes, *, patch: bool
    ) -> Frame:
        """Return the push with its data as it is, or as the patch of an earlier one."""
        return _push_of(publication, overflow, _pub_of(publication, data, patch=patch))

    def announce(self, change: Change, overflow: Overflow) -> Frame:
        """Return the push, which has no offset: it is no part of the topic's history."""
        body = {"channel": change.topic, change.kind: {"info": _texted(info_of(change.info))}}
        contents = prefixed(schema.Reply(push=cast("Any", body)).SerializeToString())
        return BinaryFrame("", len(contents), change.topic, overflow, contents=contents)

    def parse(self, message: str | bytes) -> list[Command]:
        """Return the commands of a frame; close 3501 if it is malformed or empty."""
        if isinstance(message, str):
            raise ProtocolError(BAD_FRAME, "bad request: this connection speaks Protobuf")
        if not message:
            raise ProtocolError(BAD_FRAME, "bad request: empty frame")
        try:
            return [_command_of(each) for each in split(message)]
        except (DecodeError, ValueError):
            raise ProtocolError(BAD_FRAME, "bad request: malformed Protobuf") from None

    def reply(self, identity: int, name: str, result: Mapping[str, Any]) -> Frame:
        """Return the reply to a command; raise `TypeError` if the result is no JSON."""
        number, body = _REPLY[name].number, _serialised(_RESULTS[name], result)
        return _frame(schema.Reply(id=identity).SerializeToString() + field(number, body))

    def refusal(self, identity: int, error: CommandError) -> Frame:
        """Return the reply that refuses a command."""
        body = cast("Any", error_of(error))
        return _frame(schema.Reply(id=identity, error=body).SerializeToString())

    def push(self, kind: str, body: Mapping[str, Any], topic: str = "") -> Frame:
        """Return a push that is no publication."""
        push: Any = {"channel": topic, kind: _texted(body)}
        return _frame(schema.Reply(push=push).SerializeToString())

    def publications(
        self, publications: Sequence[Publication], *, of: Literal["subscribe", "history"]
    ) -> Encoded:
        """Return publications as the field that they are in such a result."""
        return _repeated(of, (_pub_of(each, each.json) for each in publications))

    def documents(self, parts: Sequence[tuple[Publication, bytes, bool]]) -> Encoded:
        """Return recovered publications with their data as it is or, where true, as patches."""
        pubs = (_pub_of(each, data, patch=patch) for each, data, patch in parts)
        return _repeated("subscribe", pubs)


def _joined(frames: list[Frame]) -> dict[str, Any]:
    ours = cast("list[BinaryFrame]", frames)
    return {"type": "websocket.send", "bytes": b"".join([frame.contents for frame in ours])}


def _command_of(raw: bytes) -> Command:
    if not raw:
        return PONG
    message = schema.Command.FromString(raw)
    found = [(each.name, value) for each, value in message.ListFields() if each.name != "id"]
    name, body = found[0] if found else ("unknown", None)
    return numbered(message.id, name, {} if body is None else _fields_of(body))


def _fields_of(message: Message) -> dict[str, Any]:
    return {each.name: _value_of(each.name, value) for each, value in message.ListFields()}


def _value_of(name: str, value: Any) -> Any:
    if name in TEXTS:
        return orjson.loads(value)
    if name == "subs":
        return {topic: _fields_of(value[topic]) for topic in value}
    if name == "since":
        return _fields_of(value)
    return dict(value) if name == "headers" else value


def _texted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with what is JSON as its text."""
    return {name: orjson.dumps(value) if name in TEXTS else value for name, value in body.items()}


def _serialised(kind: Any, result: Mapping[str, Any]) -> bytes:
    plain, tail = dict(result), b""
    if "publications" in plain:
        tail += plain.pop("publications").raw
    if "subs" in plain:
        tail += _entries(kind.SUBS_FIELD_NUMBER, plain.pop("subs"))
    if "presence" in plain:
        plain["presence"] = {client: _texted(info) for client, info in plain["presence"].items()}
    serialised: bytes = kind(**_texted(plain)).SerializeToString()
    return serialised + tail


def _entries(number: int, subs: Mapping[str, Mapping[str, Any]]) -> bytes:
    # A map is a repeated message of a key and a value.
    entries = [
        field(1, topic.encode()) + field(2, _serialised(schema.SubscribeResult, result))
        for topic, result in subs.items()
    ]
    return b"".join([field(number, entry) for entry in entries])


def _pub_of(publication: Publication, data: bytes, *, patch: bool = False) -> bytes:
    info: Any = None if publication.info is None else _texted(info_of(publication.info))
    pub = schema.Publication(
        data=data, info=info, offset=publication.offset, tags=publication.tags, delta=patch
    )
    return pub.SerializeToString()


def _repeated(of: str, pubs: Iterable[bytes]) -> Encoded:
    return Encoded(b"".join([field(_PUBLICATIONS[of], pub) for pub in pubs]))


def _push_of(publication: Publication, overflow: Overflow, pub: bytes) -> Frame:
    topic = publication.topic
    push = schema.Push(channel=topic).SerializeToString() + field(schema.Push.PUB_FIELD_NUMBER, pub)
    contents = prefixed(field(schema.Reply.PUSH_FIELD_NUMBER, push))
    offset, epoch = publication.offset, publication.epoch
    return BinaryFrame("", len(contents), topic, overflow, offset, epoch, contents)


def _frame(message: bytes) -> Frame:
    contents = prefixed(message)
    return BinaryFrame("", len(contents), contents=contents)
