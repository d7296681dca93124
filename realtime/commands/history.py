"""History: what was published on a topic, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from realtime import protocol
from realtime.exceptions import CommandError
from realtime.history import Page, Query
from realtime.recovery import MAX_PUBLICATIONS, encode_pubs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.consumers.data import DataConsumer
    from realtime.protocol import Command


async def history(consumer: DataConsumer, command: Command) -> None:
    """Return a part of a topic's history; raise `CommandError` 102, 103, 106, 107, 108 or 112."""
    topic = protocol.topic_of(command.body)
    query, epoch = query_of(command.body)
    resolved = consumer.resolve(topic)
    if resolved.options.history is None:
        raise CommandError(protocol.NOT_AVAILABLE, "not available")
    await consumer.check(resolved, resolved.options.can_history)
    page = await consumer.engine.pubsub.broker.read(topic, resolved.options.history, query)
    if epoch and epoch != page.top.epoch:
        raise CommandError(protocol.UNRECOVERABLE_POSITION, "unrecoverable position")
    frame = protocol.reply(command.id, "history", result_of(page))
    if frame.size > consumer.engine.recovery.max_size:
        # Sent, it would close the connection as slow, and the client could only ask again.
        raise CommandError(protocol.LIMIT_EXCEEDED, "limit exceeded: ask for fewer at a time")
    consumer.put(frame)


def query_of(body: Mapping[str, Any]) -> tuple[Query, str]:
    """Return the query of a request, and the epoch that its `since` is of, if any.

    A limit of -1 asks for all there is, which is at most `MAX_PUBLICATIONS`, as for any other.
    """
    limit = protocol.number_of(body, "limit")
    since = body.get("since")
    if since is not None and not isinstance(since, dict):
        raise CommandError(protocol.BAD_REQUEST, "bad request: since must be an object")
    query = Query(
        limit=MAX_PUBLICATIONS if limit < 0 else min(limit, MAX_PUBLICATIONS),
        since=None if since is None else protocol.number_of(since, "offset"),
        reverse=protocol.flag_of(body, "reverse"),
    )
    return query, protocol.text_of(since or {}, "epoch")


def result_of(page: Page) -> dict[str, Any]:
    """Return a page as the result of a history command."""
    result: dict[str, Any] = {"epoch": page.top.epoch}
    if page.publications:
        result["publications"] = orjson.Fragment(encode_pubs(page.publications))
    if page.top.offset:
        result["offset"] = page.top.offset
    return result
