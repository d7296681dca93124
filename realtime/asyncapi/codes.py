"""The codes of the Data socket and what they mean, as JSON schemas that name each.

Which codes there are, the protocol says; here stands only what people are told of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.api.connections import CLOSE_CODES
from realtime.flusher import WRITE_ERROR
from realtime.outbox import SLOW

if TYPE_CHECKING:
    from collections.abc import Mapping

# What an action may choose for its own refusals (see `ActionError`).
OWN_ERRORS = range(400, 2000)
UNSUBSCRIBES = range(2000, 3000)

# What the server behind us sends when it shuts down (RFC 6455, registry of close codes).
SERVICE_RESTART = 1012

MEANINGS: Mapping[int, str] = {
    protocol.INTERNAL: "The server failed. Where `temporary` is true, trying again may help.",
    protocol.UNKNOWN_TOPIC: "No app declares this topic.",
    protocol.PERMISSION_DENIED: "The topic, its name, the action or a token does not allow it.",
    protocol.METHOD_NOT_FOUND: "There is no such action, or no such command.",
    protocol.ALREADY_SUBSCRIBED: "This connection follows the topic already.",
    protocol.LIMIT_EXCEEDED: "Too many topics, or more of an answer than can be sent.",
    protocol.BAD_REQUEST: "An argument is missing, unknown or of the wrong type.",
    protocol.NOT_AVAILABLE: "The topic has nothing of this kind, or the command is not served.",
    protocol.TOKEN_EXPIRED: "The token was good until now. Fetch another.",
    protocol.TOO_MANY_REQUESTS: "More commands of this kind than allowed. Wait a moment.",
    protocol.UNRECOVERABLE_POSITION: "What was missed is gone, or the position is of another life.",
    protocol.UNSUBSCRIBED: "The site ended the subscription. Clients do not subscribe again.",
    protocol.LOST_STATE: "Publications were lost on their way. Subscribe again and recover.",
    protocol.SUBSCRIPTION_EXPIRED: "The subscription token ended and was not refreshed.",
    protocol.MESSAGE_TOO_BIG: "A message was larger than allowed.",
    SERVICE_RESTART: "The server shuts down. Come back.",
    protocol.SHUTDOWN: "The server stops. Come back.",
    protocol.SERVER_ERROR: "The server failed. Come back.",
    protocol.EXPIRED: "The connection token ended and was not refreshed.",
    SLOW.code: "More waited for this client than its outbox holds.",
    WRITE_ERROR: "A send took too long. The client sees its connection end without a code.",
    protocol.INSUFFICIENT_STATE: "Publications were lost. Come back and recover.",
    protocol.NO_PONG: "A ping was not answered in time.",
    protocol.FLOOD: "The client went on with commands that were too many. Come back.",
    protocol.INVALID_TOKEN: "The token cannot be believed, or was made for another user or topic.",
    protocol.BAD_FRAME: "The message broke the rules of the protocol.",
    protocol.STALE: "No connect command came in time.",
    protocol.FORCE_DISCONNECT: "The session ended, or the site asked for it. Do not come back.",
    protocol.CONNECTION_LIMIT: "The user has as many connections as allowed. Do not come back.",
}

# Codes that other rooms, or the server behind us, close with.
ELSEWHERE = {SERVICE_RESTART: "SERVICE_RESTART", SLOW.code: "SLOW", WRITE_ERROR: "WRITE_ERROR"}


def names() -> dict[int, str]:
    """Return the name of every code, in the order of the codes."""
    found = {
        value: name
        for name, value in vars(protocol).items()
        if name.isupper() and not name.startswith("MAX_") and type(value) is int
    }
    return dict(sorted({**found, **ELSEWHERE}.items()))


def errors() -> dict[str, Any]:
    """Return the schema of an error's code."""
    codes = [code for code in names() if code < OWN_ERRORS.start]
    return _any_of(codes, OWN_ERRORS, "The action's own refusal; the message is for the person.")


def unsubscribes() -> dict[str, Any]:
    """Return the schema of the code with which a subscription ends."""
    return {"type": "integer", "anyOf": [_code(code) for code in names() if code in UNSUBSCRIBES]}


def closes() -> dict[str, Any]:
    """Return the schema of a code with which a connection ends."""
    return _any_of(list(endings()), CLOSE_CODES, "Chosen by the site over its server API.")


def endings() -> dict[int, str]:
    """Return why a connection of the Data socket ends, by close code."""
    found = [code for code in names() if code >= OWN_ERRORS.start and code not in UNSUBSCRIBES]
    return {code: MEANINGS.get(code, "") for code in found}


def _any_of(codes: list[int], others: range, meaning: str) -> dict[str, Any]:
    rest = {"minimum": others.start, "maximum": others.stop - 1, "description": meaning}
    return {"type": "integer", "anyOf": [*map(_code, codes), rest]}


def _code(code: int) -> dict[str, Any]:
    return {"const": code, "title": names()[code], "description": MEANINGS.get(code, "")}
