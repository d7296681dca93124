"""The Data socket's language: the Centrifuge client protocol, version 2, as both its forms have it.

From the client come commands, to the client go replies (same id) and pushes. How they are written
stands in the codecs; here are their names and codes, and how the fields of a command are read.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime.exceptions import CommandError, ProtocolError
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
TOO_MANY_REQUESTS = 111
UNRECOVERABLE_POSITION = 112

# Ends of a subscription. From 2500 on the client subscribes again.
UNSUBSCRIBED = 2000
LOST_STATE = 2500
SUBSCRIPTION_EXPIRED = 2501

# Closes. Below 3500 the client comes back, from 3500 on it does not.
SHUTDOWN = 3001
SERVER_ERROR = 3004
EXPIRED = 3005
INSUFFICIENT_STATE = 3010
NO_PONG = 3012
FLOOD = 3013
INVALID_TOKEN = 3500
BAD_FRAME = 3501
STALE = 3502
FORCE_DISCONNECT = 3503
CONNECTION_LIMIT = 3504
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


def numbered(identity: object, name: str, body: Mapping[str, Any]) -> Command:
    """Return a command; close 3501 unless it has the id that its kind needs."""
    if type(identity) is not int or not 0 <= identity <= MAX_ID:
        raise ProtocolError(BAD_FRAME, "bad request: an id is a whole number")
    if identity == 0 and name != "send":
        raise ProtocolError(BAD_FRAME, "bad request: a command needs an id")
    return Command(identity, name, body)


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
    return sys.intern(topic)  # one text for all who follow it, instead of one for each


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
