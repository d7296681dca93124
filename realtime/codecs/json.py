"""The Data socket's codec: the Centrifuge client protocol, version 2, as JSON.

Frames of text hold JSON objects that are joined by newlines. Values that are zero or empty are
left out. A publication's data was encoded when it was published; here its text is only set into
place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import orjson

from realtime.codecs.base import Encoded
from realtime.codecs.joining import Joiner
from realtime.exceptions import CommandError, ProtocolError
from realtime.message import Change, ClientInfo, Frame, Overflow, Publication
from realtime.protocol import BAD_FRAME, COMMANDS, PONG, Command, numbered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class JSONCodec:
    """Publications as `{"push":{"channel":…,"pub":{…}}}`, joined by newlines."""

    name = "json"
    ping = Frame("{}", 2)

    def __init__(self) -> None:
        self.join = Joiner(_joined)

    def encode(self, publication: Publication, overflow: Overflow) -> Frame:
        """Return the push. JSON text from orjson holds no raw newline, so it can be joined."""
        return _push_of(publication, overflow, encode_pub(publication, publication.json))

    def document(
        self, publication: Publication, overflow: Overflow, data: bytes, *, patch: bool
    ) -> Frame:
        """Return the push with its data as a string, or as the patch of an earlier one."""
        return _push_of(publication, overflow, _document(publication, data, patch=patch))

    def announce(self, change: Change, overflow: Overflow) -> Frame:
        """Return the push, which has no offset: it is no part of the topic's history."""
        body = {"channel": change.topic, change.kind: {"info": info_of(change.info)}}
        raw = orjson.dumps({"push": body})
        return Frame(raw.decode(), len(raw), change.topic, overflow)

    def parse(self, message: str | bytes) -> list[Command]:
        """Return the commands of a frame; close 3501 if it is malformed or empty."""
        if isinstance(message, bytes):
            raise ProtocolError(BAD_FRAME, "bad request: this connection speaks JSON text")
        lines = [line for line in message.split("\n") if line and not line.isspace()]
        if not lines:
            raise ProtocolError(BAD_FRAME, "bad request: empty frame")
        return [_command_of(line) for line in lines]

    def reply(self, identity: int, name: str, result: Mapping[str, Any]) -> Frame:
        """Return the reply to a command; raise `TypeError` if the result is no JSON."""
        return _frame({"id": identity, name: result})

    def refusal(self, identity: int, error: CommandError) -> Frame:
        """Return the reply that refuses a command."""
        return _frame({"id": identity, "error": error_of(error)})

    def push(self, kind: str, body: Mapping[str, Any], topic: str = "") -> Frame:
        """Return a push that is no publication."""
        return _frame({"push": {**({"channel": topic} if topic else {}), kind: body}})

    def publications(
        self, publications: Sequence[Publication], *, of: Literal["subscribe", "history"]
    ) -> Encoded:
        """Return publications as an array, the same in both results."""
        return _array([encode_pub(each, each.json) for each in publications])

    def documents(self, parts: Sequence[tuple[Publication, bytes, bool]]) -> Encoded:
        """Return recovered publications with their data as strings or, where true, as patches."""
        return _array([_document(each, data, patch=patch) for each, data, patch in parts])


def _joined(frames: list[Frame]) -> dict[str, Any]:
    return {"type": "websocket.send", "text": "\n".join([frame.text for frame in frames])}


def encode_pub(publication: Publication, data: bytes, *, patch: bool = False) -> bytes:
    """Return the protocol's Publication object; what is zero or empty is left out.

    A topic's grammar leaves nothing in its name that JSON would escape.
    """
    pub = b'{"data":' + data
    if publication.info is not None:
        pub += b',"info":' + orjson.dumps(info_of(publication.info))
    if publication.offset:
        pub += b',"offset":%d' % publication.offset
    if publication.tags:
        pub += b',"tags":' + orjson.dumps(publication.tags)
    return pub + (b',"delta":true}' if patch else b"}")


def info_of(info: ClientInfo) -> dict[str, Any]:
    """Return the protocol's ClientInfo object."""
    fields: dict[str, Any] = {"user": info.user} if info.user else {}
    fields["client"] = info.client
    if info.conn_info is not None:
        fields["conn_info"] = info.conn_info
    if info.chan_info is not None:
        fields["chan_info"] = info.chan_info
    return fields


def error_of(error: CommandError) -> dict[str, Any]:
    """Return the protocol's Error object."""
    fields: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.temporary:
        fields["temporary"] = True
    return fields


def dumps(value: object) -> bytes:
    """Return a result as JSON; raise `TypeError` if it is none."""
    return orjson.dumps(value, default=_set_in_place)


def _set_in_place(value: object) -> orjson.Fragment:
    if isinstance(value, Encoded):
        return orjson.Fragment(value.raw)
    raise TypeError


def _command_of(line: str) -> Command:
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ProtocolError(BAD_FRAME, "bad request: malformed JSON") from None
    if not isinstance(message, dict):
        raise ProtocolError(BAD_FRAME, "bad request: a command is an object")
    if not message:
        return PONG
    name = next((key for key in message if key in COMMANDS), "unknown")
    body = message.get(name, {})
    return numbered(message.get("id", 0), name, body if isinstance(body, dict) else {"": body})


def _document(publication: Publication, data: bytes, *, patch: bool) -> bytes:
    return encode_pub(publication, orjson.dumps(data.decode()), patch=patch)


def _push_of(publication: Publication, overflow: Overflow, pub: bytes) -> Frame:
    raw = b'{"push":{"channel":"%b","pub":%b}}' % (publication.topic.encode(), pub)
    return Frame(
        raw.decode(),
        len(raw),
        publication.topic,
        overflow,
        publication.offset,
        publication.epoch,
    )


def _array(items: list[bytes]) -> Encoded:
    return Encoded(b"[" + b",".join(items) + b"]")


def _frame(message: Mapping[str, Any]) -> Frame:
    raw = dumps(message)
    return Frame(raw.decode(), len(raw))
