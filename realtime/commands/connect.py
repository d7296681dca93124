"""Connect: the first command, which tells the server who the client is."""

from __future__ import annotations

import random
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.commands.admission import become, keep_connection, recognise
from realtime.commands.subscribe import Entry, Request, approach
from realtime.exceptions import CommandError, ProtocolError
from realtime.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from realtime.consumers.data import DataConsumer
    from realtime.credentials import Claims
    from realtime.message import Frame
    from realtime.protocol import Command

_random = random.SystemRandom()


async def connect(consumer: DataConsumer, command: Command) -> None:
    """Let the client in; raise `CommandError` 102, 103, 106, 107 or 109 for what its token says.

    Closes 3500 for an invalid token, 3501 twice or for a guest who may not.
    """
    if consumer.connected:
        raise ProtocolError(protocol.BAD_FRAME, "bad request: connected already")
    claims = await _identified(consumer, protocol.text_of(command.body, "token"))
    if consumer.client.is_guest and not consumer.engine.settings.allow_guests:
        raise ProtocolError(protocol.BAD_FRAME, "bad request: sign in first")
    topics = claims.topics if claims is not None else ()
    with ExitStack() as gates:
        entries = await _approach_all(consumer, topics, _requests_of(command.body), gates)
        results, live = _join_all(consumer, entries)
    result = _welcome(consumer) | (keep_connection(consumer, claims) if claims is not None else {})
    if results:
        result["subs"] = results
    consumer.put(protocol.reply(command.id, "connect", result))
    for frame in live:
        consumer.put(frame)
    for topic in entries:
        options = consumer.resolve(topic).options
        consumer.appear(topic, listens=options.join_leave)
    for topic in entries:
        consumer.appear(topic, listens=consumer.resolve(topic).options.join_leave)


async def _identified(consumer: DataConsumer, token: str) -> Claims | None:
    if not token:
        return None
    claims, identity = await recognise(consumer, token)
    become(consumer, claims, identity)
    return claims


def _welcome(consumer: DataConsumer) -> dict[str, Any]:
    consumer.connected = True
    settings = consumer.engine.settings
    # Pings are spread out, so that many who connect at once do not ping at once for ever.
    first = settings.ping_interval * _random.uniform(0.5, 1)
    consumer.engine.heartbeat.schedule(consumer, first)
    return {
        "client": consumer.client.id,
        "version": VERSION,
        "ping": round(settings.ping_interval) or 1,
        "pong": True,
    }


# Server-side subscriptions: the token names topics, which the client gets without asking.


def _requests_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    requests = body.get("subs", {})
    if not isinstance(requests, dict) or not all(
        isinstance(each, dict) for each in requests.values()
    ):
        raise CommandError(protocol.BAD_REQUEST, "bad request: subs must be an object of objects")
    return requests


async def _approach_all(
    consumer: DataConsumer, topics: Iterable[str], requests: Mapping[str, Any], gates: ExitStack
) -> dict[str, Entry | None]:
    entries: dict[str, Entry | None] = {}
    for topic in topics:
        history = consumer.make_room(topic, besides=len(entries)).options.history
        entries[topic] = None
        if history is not None:
            request = Request.of(requests.get(topic, {}))
            entries[topic] = await approach(consumer, topic, history, request, gates)
    return entries


def _join_all(
    consumer: DataConsumer, entries: Mapping[str, Entry | None]
) -> tuple[dict[str, Any], list[Frame]]:
    # Nothing is awaited from here to the reply, so that no push can overtake it.
    results: dict[str, Any] = {}
    live: list[Frame] = []
    for topic, entry in entries.items():
        if entry is None:
            consumer.join(topic)
        else:
            live += entry.join(consumer)
        results[topic] = {} if entry is None else entry.result
        consumer.server_side.add(topic)
    return results, live
