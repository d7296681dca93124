"""Connect: the first command, which tells the server who the client is."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.arrivals import topics_for
from realtime.commands.access import kept_place
from realtime.commands.admission import become, keep_connection, recognise, settle, told
from realtime.commands.approach import Approach, Request
from realtime.exceptions import CommandError, ProtocolError, TermsError
from realtime.terms import NO_TERMS
from realtime.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.catalog import Options
    from realtime.claims import Claims
    from realtime.connections import Subscription
    from realtime.consumers.data import DataConsumer
    from realtime.message import Frame
    from realtime.protocol import Command
    from realtime.terms import Terms

_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Entry:
    """A topic that the client is about to follow: how, on what terms, and from where."""

    way: Subscription
    terms: Terms
    approach: Approach | None = None


async def connect(consumer: DataConsumer, command: Command) -> None:
    """Let the client in; raise `CommandError` 102, 103, 106, 107 or 109 for what its token says.

    Raises 100 if a function of the site fails that is called on connect.
    Closes 3500 for an invalid token, 3501 twice or for a guest who may not, 3504 for a user who
    has too many connections.
    """
    if consumer.connected:
        raise ProtocolError(protocol.BAD_FRAME, "bad request: connected already")
    claims = await _identified(consumer, protocol.text_of(command.body, "token"))
    _let_in(consumer)
    topics = await _topics_of(consumer, claims, command.body.get("data"))
    with ExitStack() as gates:
        entries = await _approach_all(consumer, topics, _requests_of(command.body), gates)
        results, live = _join_all(consumer, entries)
    result = _welcome(consumer)
    if claims is not None:
        result |= keep_connection(consumer, claims.expires_at)
    if results:
        result["subs"] = results
    consumer.answer(command, result)
    for frame in live:
        consumer.put(frame)
    for topic in entries:
        consumer.appear(topic)


async def _identified(consumer: DataConsumer, token: str) -> Claims | None:
    if not token:
        return None
    claims, identity = await recognise(consumer, token)
    become(consumer, claims, identity)
    return claims


def _let_in(consumer: DataConsumer) -> None:
    settings, connection = consumer.engine.settings, consumer.connection
    if consumer.client.is_guest and not settings.allow_guests:
        raise ProtocolError(protocol.BAD_FRAME, "bad request: sign in first")
    if not consumer.engine.connections.seat(connection, limit=settings.connections_per_user):
        raise ProtocolError(protocol.CONNECTION_LIMIT, "connection limit")


def _welcome(consumer: DataConsumer) -> dict[str, Any]:
    consumer.connected = True
    settings = consumer.engine.settings
    # Pings are spread out, so that many who connect at once do not ping at once for ever.
    first = settings.ping_interval * _random.uniform(0.5, 1)
    consumer.engine.heartbeat.schedule(consumer, first)
    welcome = {
        "client": consumer.client.id,
        "version": VERSION,
        "ping": round(settings.ping_interval) or 1,
        "pong": True,
    }
    if consumer.session:
        welcome.update(session=consumer.session, node=consumer.engine.id)
    return welcome


# Server-side subscriptions: the token and the site name topics, which the client gets unasked.


async def _topics_of(
    consumer: DataConsumer, claims: Claims | None, data: Any
) -> Mapping[str, Terms]:
    """Return the topics with their terms; where both name one, the token's count."""
    named = dict.fromkeys(await topics_for(consumer.client, data), NO_TERMS)
    return named if claims is None else {**named, **claims.topics}


def _requests_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    requests = body.get("subs", {})
    if not isinstance(requests, dict) or not all(
        isinstance(each, dict) for each in requests.values()
    ):
        raise CommandError(protocol.BAD_REQUEST, "bad request: subs must be an object of objects")
    return requests


async def _approach_all(
    consumer: DataConsumer,
    topics: Mapping[str, Terms],
    requests: Mapping[str, Any],
    gates: ExitStack,
) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for topic, terms in topics.items():
        way = settle(consumer.subscription(server_side=True), terms)
        options = gates.enter_context(kept_place(consumer, topic, way)).options
        _check(options, terms)
        if options.history is None:
            entries[topic] = Entry(way, terms)
            continue
        request = Request.of(requests.get(topic, {}))
        history, codec = options.history, consumer.codec
        approach = Approach(consumer, codec, topic, history, request, way)
        await approach.read(gates)
        entries[topic] = Entry(way, terms, approach)
    return entries


def _check(options: Options, terms: Terms) -> None:
    try:
        options.check_override(terms.override)
    except TermsError:
        raise ProtocolError(protocol.INVALID_TOKEN, "invalid token") from None


def _join_all(
    consumer: DataConsumer, entries: Mapping[str, Entry]
) -> tuple[dict[str, Any], list[Frame]]:
    # Nothing is awaited from here to the reply, so that no push can overtake it.
    results: dict[str, Any] = {}
    live: list[Frame] = []
    for topic, entry in entries.items():
        result: dict[str, Any] = {}
        if entry.approach is None:
            consumer.join(topic, entry.way)
        else:
            live += entry.approach.join()
            result = entry.approach.result
        results[topic] = result | told(entry.terms)
    return results, live
