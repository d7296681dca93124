"""What is known of topics: who follows them, and what was published."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from realtime import protocol, registry
from realtime.api.requests import MAX_ANSWER, bad_request, declared_topic
from realtime.codecs import JSONCodec
from realtime.commands.history import check_size as check_page
from realtime.commands.history import query_of, result_of
from realtime.commands.presence import check_size as check_members
from realtime.commands.presence import least_size, stats_of
from realtime.commands.presence import result_of as members_of
from realtime.exceptions import CommandError
from realtime.router import MAX_TOPIC_LENGTH

if TYPE_CHECKING:
    from realtime.api.requests import Body
    from realtime.history import History
    from realtime.registry import Engine


JSON = JSONCodec()


async def history(engine: Engine, body: Body) -> dict[str, Any]:
    """Return a part of a topic's history; without a limit its position alone."""
    topic, kept = _kept(body)
    query, epoch = query_of(body)
    page = await engine.pubsub.broker.read(topic, kept, query)
    if epoch and epoch != page.top.epoch:
        raise CommandError(protocol.UNRECOVERABLE_POSITION, "unrecoverable position")
    check_page(sum(len(each.json) for each in page.publications), MAX_ANSWER)
    return result_of(page, JSON)


async def history_remove(engine: Engine, body: Body) -> dict[str, Any]:
    """Forget what was published on a topic; its offsets go on."""
    topic, _ = _kept(body)
    await engine.recovery.remove(topic)
    return {}


async def presence(engine: Engine, body: Body) -> dict[str, Any]:
    """Return who follows a topic."""
    topic = _watched(body)
    check_members(await least_size(engine, topic), MAX_ANSWER)
    return members_of(await engine.presence.members(topic))


async def presence_stats(engine: Engine, body: Body) -> dict[str, Any]:
    """Return how many follow a topic."""
    return dict(stats_of(await engine.presence.stats(_watched(body))))


async def channels(engine: Engine, body: Body) -> dict[str, Any]:
    """Return the topics that somebody follows, with the number of their clients."""
    pattern = protocol.text_of(body, "pattern")
    if len(pattern) > MAX_TOPIC_LENGTH:
        raise bad_request(f"a pattern has at most {MAX_TOPIC_LENGTH} characters")
    matches = re.compile(translate(pattern or "*")).match
    found = {topic: count for topic, count in followed(engine).items() if matches(topic)}
    return {"channels": {topic: {"num_clients": count} for topic, count in found.items()}}


def followed(engine: Engine) -> dict[str, int]:
    """Return how many clients follow each topic; the groups of the Channels layer are no topics.

    This goes through all topics, so it is nothing for every publication or connection.
    """
    router = engine.hub.router
    return {topic: router.followers(topic) for topic in router if registry.catalog.resolve(topic)}


def _watched(body: Body) -> str:
    topic, resolved = declared_topic(protocol.text_of(body, "channel"))
    if not resolved.options.presence:
        raise CommandError(protocol.NOT_AVAILABLE, "not available: this topic has no presence")
    return topic


def _kept(body: Body) -> tuple[str, History]:
    topic, resolved = declared_topic(protocol.text_of(body, "channel"))
    if resolved.options.history is None:
        raise CommandError(protocol.NOT_AVAILABLE, "not available: this topic keeps no history")
    return topic, resolved.options.history
