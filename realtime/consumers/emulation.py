"""Commands from clients that read a stream: one frame a request, with the session it belongs to.

The session is known to its client alone, from the reply to its connect command, so it is all the
proof that is asked for; no cookie is read. The answer says only whether the frame was delivered:
replies come by the stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from google.protobuf.message import DecodeError

from realtime.codecs.client_pb2 import EmulationRequest
from realtime.consumers.exchange import RefusedError
from realtime.sessions import size_of

if TYPE_CHECKING:
    from realtime.consumers.exchange import Exchange

JSON = "application/json"
PROTOBUF = "application/octet-stream"
MEDIA_TYPES = f"Send {JSON} or {PROTOBUF}."

# Session, node and field names; what is left is for the frame.
ENVELOPE = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One frame, and where it belongs."""

    node: str
    session: str
    data: str | bytes


async def emulate(exchange: Exchange) -> None:
    """Deliver one frame."""
    letter = await _read(exchange)
    engine = exchange.engine
    limit = engine.settings.message_max_size
    if not letter.data:
        raise _malformed()
    if size_of(letter.data) > limit:
        raise RefusedError(413, f"A message has at most {limit} bytes. Send less.")
    if letter.node != engine.id:
        raise RefusedError(404, "This process does not know your stream. Connect again.")
    session = engine.sessions.find(letter.session)
    # A stream that is gone needs no refusal: its client has seen the end, or is about to.
    if session is not None and not session.offer(letter.data):
        raise RefusedError(429, "Too much waits on your stream. Send it again a little later.")
    await exchange.answer(204)


async def _read(exchange: Exchange) -> Letter:
    limit = exchange.engine.settings.message_max_size
    if exchange.media_type == JSON:
        # Within a string of JSON each quotation mark takes two bytes.
        return _of_json(await exchange.body(limit=2 * limit + ENVELOPE))
    if exchange.media_type == PROTOBUF:
        return _of_protobuf(await exchange.body(limit=limit + ENVELOPE))
    raise RefusedError(415, MEDIA_TYPES)


def _of_json(body: bytes) -> Letter:
    try:
        fields: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _malformed() from None
    if not isinstance(fields, dict):
        raise _malformed()
    node, session, data = (fields.get(name) for name in ("node", "session", "data"))
    if not (isinstance(node, str) and isinstance(session, str) and isinstance(data, str)):
        raise _malformed()
    return Letter(node=node, session=session, data=data)


def _of_protobuf(body: bytes) -> Letter:
    try:
        request = EmulationRequest.FromString(body)
    except DecodeError:
        raise _malformed() from None
    return Letter(node=request.node, session=request.session, data=request.data)


def _malformed() -> RefusedError:
    return RefusedError(400, "Send session, node and data: two names and one frame, all strings.")
