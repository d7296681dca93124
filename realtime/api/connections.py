"""What the site does to the connections of a user: subscribe, unsubscribe, disconnect, refresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.api.requests import (
    bad_request,
    declared_topic,
    refuse_fields,
    texts_of,
    user_of,
)
from realtime.exceptions import CommandError

if TYPE_CHECKING:
    from realtime.api.requests import Body
    from realtime.connections import Connection
    from realtime.registry import Engine

# A close frame has room for so many bytes.
LONGEST_REASON = 123

CLOSE_CODES = range(3000, 5000)


async def subscribe(engine: Engine, body: Body) -> dict[str, Any]:
    """Let a user's clients of the Data socket follow a topic, whether it lets them or not."""
    refuse_fields(body, "b64info", "b64data", "recover_since", "override")
    topic, _ = declared_topic(protocol.text_of(body, "channel"))
    failed: CommandError | None = None
    for connection in _connections(engine, body):
        try:
            if connection.host is not None:
                await connection.host.subscribe(topic, info=body.get("info"), data=body.get("data"))
        except CommandError as error:  # the others still get it
            failed = error
    if failed is not None:
        raise failed
    return {}


async def unsubscribe(engine: Engine, body: Body) -> dict[str, Any]:
    """Let a user's clients follow a topic no more."""
    topic, _ = declared_topic(protocol.text_of(body, "channel"))
    for connection in _connections(engine, body):
        if connection.host is not None and topic in connection.topics:
            connection.host.unsubscribe(topic, protocol.UNSUBSCRIBED, "unsubscribed by the server")
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
    """End a user's connections as expired, so that their clients come back with a new token."""
    refuse_fields(body, "expire_at")
    if not protocol.flag_of(body, "expired"):
        raise bad_request("expired must be true")
    for connection in _connections(engine, body):
        _end(connection, protocol.EXPIRED, "expired")
    return {}


def _connections(engine: Engine, body: Body) -> list[Connection]:
    refuse_fields(body, "session")
    return engine.connections.of(user_of(body), protocol.text_of(body, "client"))


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
