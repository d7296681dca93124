"""Publish and broadcast."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.api.requests import bad_request, data_of, declared_topic, tags_of, texts_of
from realtime.codecs.json import error_of
from realtime.exceptions import CommandError, InvalidDataError

if TYPE_CHECKING:
    from realtime.api.requests import Body
    from realtime.registry import Engine

# After so many publications of one request, others have their turn.
TURN = 64

LONGEST_KEY = 255


async def publish(engine: Engine, body: Body) -> dict[str, Any]:
    """Publish on one topic; return its new position."""
    return await _publish(engine, protocol.text_of(body, "channel"), body)


async def broadcast(engine: Engine, body: Body) -> dict[str, Any]:
    """Publish on several topics; return an answer for each, since one may fail alone."""
    topics = texts_of(body, "channels")
    if not topics:
        raise bad_request("channels is missing")
    responses: list[dict[str, Any]] = []
    for place, topic in enumerate(topics, 1):
        try:
            responses.append({"result": await _publish(engine, topic, body)})
        except CommandError as error:
            engine.instrumentation.refuse("api", error.code)
            responses.append({"error": error_of(error)})
        if place % TURN == 0:
            await asyncio.sleep(0)
    return {"responses": responses}


async def _publish(engine: Engine, topic: str, body: Body) -> dict[str, Any]:
    topic, _ = declared_topic(topic)
    try:
        draft = engine.pubsub.draft(
            topic,
            data_of(body),
            id=_identity_of(body),
            tags=tags_of(body),
            skip_history=protocol.flag_of(body, "skip_history"),
        )
    except InvalidDataError as error:
        raise bad_request(str(error)) from None
    position = await engine.pubsub.apublish(draft)
    if position is None or not position.offset:
        return {}
    return {"offset": position.offset, "epoch": position.epoch}


def _identity_of(body: Body) -> str:
    key = protocol.text_of(body, "idempotency_key")
    if len(key) > LONGEST_KEY:  # it is remembered for minutes
        raise bad_request(f"an idempotency_key has at most {LONGEST_KEY} characters")
    return key
