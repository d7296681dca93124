"""What the site does to the connections of a user: subscribe, unsubscribe, disconnect, refresh."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.api.requests import (
    bad_request,
    declared_topic,
    moment_of,
    terms_of,
    texts_of,
    user_of,
)
from realtime.exceptions import CommandError

if TYPE_CHECKING:
    from realtime.api.requests import Body
    from realtime.connections import Connection, Host
    from realtime.registry import Engine

# A close frame has room for so many bytes.
LONGEST_REASON = 123

CLOSE_CODES = range(3000, 5000)


async def subscribe(engine: Engine, body: Body) -> dict[str, Any]:
    """Let a user's clients of the Data socket follow a topic, whether it lets them or not."""
    topic, resolved = declared_topic(protocol.text_of(body, "channel"))
    terms = terms_of(body, resolved.options)
    failed: CommandError | None = None
    for host in _hosts(engine, body):
        try:
            await host.subscribe(topic, terms)
        except CommandError as error:  # the others still get it
            failed = error
    if failed is not None:
        raise failed
    return {}


async def unsubscribe(engine: Engine, body: Body) -> dict[str, Any]:
    """Let a user's clients follow a topic no more."""
    topic, _ = declared_topic(protocol.text_of(body, "channel"))
    for host in _hosts(engine, body):
        host.unsubscribe(topic, protocol.UNSUBSCRIBED, "unsubscribed by the server")
    return {}


async def disconnect(engine: Engine, body: Body) -> dict[str, Any]:
    """Close a user's connections, but not those of the clients in `whitelist`."""
    code, reason = _ending(body)
    kept = set(texts_of(body, "whitelist"))
    for connection in _connections(engine, body):
        if connection.id not in kept:
            _end(connection, code, reason)
    return {}


async def refresh(engine: Engine, body: Body) -> dict[str, Any]:
    """Move the end of a user's connections, or end them as expired, and so for new tokens."""
    expires_at = moment_of(body, "expire_at")
    expired = protocol.flag_of(body, "expired")
    if not expired and expires_at is None:
        raise bad_request("expired must be true, or expire_at say when")
    for connection in _connections(engine, body):
        if expired or expires_at is None or expires_at <= time.time():
            _end(connection, protocol.EXPIRED, "expired")
        elif connection.host is not None:
            connection.host.end_at(expires_at)
    return {}


def _connections(engine: Engine, body: Body) -> list[Connection]:
    found = engine.connections.of(user_of(body), protocol.text_of(body, "client"))
    session = protocol.text_of(body, "session")
    if not session:
        return found
    return [each for each in found if each.host is not None and each.host.session == session]


def _hosts(engine: Engine, body: Body) -> list[Host]:
    return [each.host for each in _connections(engine, body) if each.host is not None]


def _end(connection: Connection, code: int, reason: str) -> None:
    # The codes are the Data socket's; a page understands one code for its end.
    of_page = connection.socket != "data"
    connection.close(connection.revocation.code if of_page else code, reason)


def _ending(body: Body) -> tuple[int, str]:
    ending = body.get("disconnect", {})
    if not isinstance(ending, dict):
        raise bad_request("disconnect must be an object")
    code = protocol.number_of(ending, "code") or protocol.FORCE_DISCONNECT
    reason = protocol.text_of(ending, "reason") or "force disconnect"
    if code not in CLOSE_CODES:
        raise bad_request("a code is between 3000 and 4999")
    if len(reason.encode("utf-8", "replace")) > LONGEST_REASON:
        raise bad_request(f"a reason has at most {LONGEST_REASON} bytes")
    return code, reason
