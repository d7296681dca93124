"""The Data socket's language: the Centrifuge client protocol, JSON, version 2. No I/O.

Frames of text hold JSON objects that are joined by newlines. From the client come commands, to
the client go replies (same id) and pushes. Values that are zero or empty are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from realtime.exceptions import CommandError, ProtocolError
from realtime.message import Frame
from realtime.router import MAX_TOPIC_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping

# Errors of a command; the connection lives on.
INTERNAL = 100
UNKNOWN_TOPIC = 102
PERMISSION_DENIED = 103
METHOD_NOT_FOUND = 104
ALREADY_SUBSCRIBED = 105
LIMIT_EXCEEDED = 106
BAD_REQUEST = 107
NOT_AVAILABLE = 108
TOKEN_EXPIRED = 109
UNRECOVERABLE_POSITION = 112

# Ends of a subscription. From 2500 on the client subscribes again.
UNSUBSCRIBED = 2000
LOST_STATE = 2500
SUBSCRIPTION_EXPIRED = 2501

# Closes. Below 3500 the client comes back, from 3500 on it does not.
SERVER_ERROR = 3004
EXPIRED = 3005
INSUFFICIENT_STATE = 3010
NO_PONG = 3012
INVALID_TOKEN = 3500
BAD_FRAME = 3501
STALE = 3502
FORCE_DISCONNECT = 3503
MESSAGE_TOO_BIG = 1009

COMMANDS = frozenset(
    {
        "connect",
        "subscribe",
        "unsubscribe",
        "publish",
        "presence",
        "presence_stats",
        "history",
        "rpc",
        "send",
        "refresh",
        "sub_refresh",
        "ping",
    }
)

MAX_ID = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `name` is empty for a pong; `id` is 0 for a pong and for `send`."""

    id: int
    name: str
    body: Mapping[str, Any]


PONG = Command(0, "", {})
PING = Frame("{}", 2)


def parse(text: str) -> list[Command]:
    """Return the commands of a frame; raise `ProtocolError` if it is malformed or empty."""
    lines = [line for line in text.split("\n") if line and not line.isspace()]
    if not lines:
        raise ProtocolError(BAD_FRAME, "bad request: empty frame")
    return [_parse_command(line) for line in lines]


def _parse_command(line: str) -> Command:
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ProtocolError(BAD_FRAME, "bad request: malformed JSON") from None
    if not isinstance(message, dict):
        raise ProtocolError(BAD_FRAME, "bad request: a command is an object")
    if not message:
        return PONG
    name = next((key for key in message if key in COMMANDS), "unknown")
    identity = _id_of(message, name)
    body = message.get(name, {})
    return Command(identity, name, body if isinstance(body, dict) else {"": body})


def _id_of(message: Mapping[str, Any], name: str) -> int:
    identity = message.get("id", 0)
    if type(identity) is not int or not 0 <= identity <= MAX_ID:
        raise ProtocolError(BAD_FRAME, "bad request: an id is a whole number")
    if identity == 0 and name != "send":
        raise ProtocolError(BAD_FRAME, "bad request: a command needs an id")
    return identity


def text_of(body: Mapping[str, Any], name: str) -> str:
    """Return a text field, empty if it is missing; raise `CommandError` 107 for another type."""
    value = body.get(name, "")
    if "" in body or not isinstance(value, str):
        raise CommandError(BAD_REQUEST, f"bad request: {name} must be a string")
    return value


def topic_of(body: Mapping[str, Any]) -> str:
    """Return the field `channel`; raise `CommandError` 107 if it is missing or too long."""
    topic = text_of(body, "channel")
    if not topic or len(topic) > MAX_TOPIC_LENGTH:
        raise CommandError(BAD_REQUEST, "bad request: channel is missing or too long")
    return topic


def number_of(body: Mapping[str, Any], name: str) -> int:
    """Return a whole number, 0 if it is missing; raise `CommandError` 107 for another type."""
    value = body.get(name, 0)
    if type(value) is not int:
        raise CommandError(BAD_REQUEST, f"bad request: {name} must be a whole number")
    return value


def flag_of(body: Mapping[str, Any], name: str) -> bool:
    """Return a truth value, false if it is missing; raise `CommandError` 107 for another type."""
    value = body.get(name, False)
    if type(value) is not bool:
        raise CommandError(BAD_REQUEST, f"bad request: {name} must be true or false")
    return value


def data_of(body: Mapping[str, Any]) -> Any:
    """Return the field `data`; raise `CommandError` 107 if it is missing."""
    if "data" not in body:
        raise CommandError(BAD_REQUEST, "bad request: data is missing")
    return body["data"]


def reply(identity: int, name: str, result: Mapping[str, Any]) -> Frame:
    """Return the reply to a command; raise `TypeError` if the result is no JSON."""
    return _frame({"id": identity, name: result})


def error_reply(identity: int, error: CommandError) -> Frame:
    """Return the reply that refuses a command."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.temporary:
        body["temporary"] = True
    return _frame({"id": identity, "error": body})


def disconnect_push(code: int, reason: str) -> Frame:
    """Return the push that precedes a close, for servers that lose the reason of a close."""
    return _frame({"push": {"disconnect": {"code": code, "reason": reason}}})


def subscribe_push(topic: str, result: Mapping[str, Any]) -> Frame:
    """Return the push that tells a client what the site subscribed it to."""
    return _frame({"push": {"channel": topic, "subscribe": result}})


def unsubscribe_push(topic: str, code: int, reason: str) -> Frame:
    """Return the push that ends a subscription."""
    push = {"channel": topic, "unsubscribe": {"code": code, "reason": reason}}
    return _frame({"push": push})


def _frame(message: Mapping[str, Any]) -> Frame:
    raw = orjson.dumps(message)
    return Frame(raw.decode(), len(raw))
