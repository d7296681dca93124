"""History: what was published on a topic, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.commands.access import check, resolve
from realtime.exceptions import CommandError
from realtime.history import Page, Query
from realtime.recovery import MAX_PUBLICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.codecs.base import PublicationsCodec
    from realtime.consumers.data import DataConsumer
    from realtime.protocol import Command


async def history(consumer: DataConsumer, command: Command) -> None:
    """Return a part of a topic's history; raise `CommandError` 102, 103, 106, 107, 108 or 112."""
    topic = protocol.topic_of(command.body)
    query, epoch = query_of(command.body)
    resolved = resolve(consumer, topic)
    if resolved.options.history is None:
        raise CommandError(protocol.NOT_AVAILABLE, "not available")
    await check(consumer, resolved, resolved.options.can_history)
    page = await consumer.engine.pubsub.broker.read(topic, resolved.options.history, query)
    if epoch and epoch != page.top.epoch:
        raise CommandError(protocol.UNRECOVERABLE_POSITION, "unrecoverable position")
    # Sent, a page could close the connection as slow, and the client could only ask again.
    max_size = consumer.engine.recovery.max_size
    check_size(sum(len(each.json) for each in page.publications), max_size)
    frame = consumer.codec.reply(command.id, command.name, result_of(page, consumer.codec))
    check_size(frame.size, max_size)
    consumer.put(frame)


def check_size(size: int, max_size: int) -> None:
    """Raise `CommandError` 106 if a page has too many bytes; before it is encoded, if possible."""
    if size > max_size:
        raise CommandError(protocol.LIMIT_EXCEEDED, "limit exceeded: ask for fewer at a time")


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


def result_of(page: Page, codec: PublicationsCodec) -> dict[str, Any]:
    """Return a page as the result of a history command."""
    result: dict[str, Any] = {"epoch": page.top.epoch}
    if page.publications:
        result["publications"] = codec.publications(page.publications, of="history")
    if page.top.offset:
        result["offset"] = page.top.offset
    return result
