"""Server-side subscriptions: the site lets a client follow a topic that it did not ask for."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from realtime.commands.access import kept_place, resolve
from realtime.commands.admission import keep_until, settle, told
from realtime.commands.approach import FROM_NOW_ON, Approach
from realtime.exceptions import CommandError, ProtocolError
from realtime.terms import NO_TERMS

if TYPE_CHECKING:
    from realtime.connections import Subscription
    from realtime.consumers.data import DataConsumer
    from realtime.message import Frame, Position
    from realtime.terms import Terms


async def subscribe_unasked(consumer: DataConsumer, topic: str, terms: Terms = NO_TERMS) -> None:
    """Follow a topic and push that to the client; raise `CommandError` 102, 103 or 106.

    Who may subscribe is not asked: the site itself decides. One that it made already goes on, and
    ends when the newer terms say, if they say. A client that has not connected yet is not there.
    """
    if not consumer.connected:
        return
    known = consumer.connection.topics.get(topic)
    if known is not None:
        if known.server_side and terms.expires_at is not None:
            keep_until(consumer, topic, terms.expires_at)
        return
    subscription = settle(consumer.subscription(server_side=True), terms)
    frames = await _follow(consumer, topic, subscription, terms)
    if consumer.connection.outbox.ending is not None:
        consumer.leave(topic)
    if consumer.connection.topics.get(topic) is not subscription:
        return
    for frame in frames:
        consumer.put(frame)
    consumer.appear(topic)
    if terms.expires_at is not None:
        keep_until(consumer, topic, terms.expires_at)


async def _follow(
    consumer: DataConsumer, topic: str, subscription: Subscription, terms: Terms
) -> list[Frame]:
    # The place is lost where the connection, or the right to the topic, ends meanwhile.
    with kept_place(consumer, topic, subscription) as resolved, suppress(CommandError):
        history, codec = resolved.options.history, consumer.codec
        if history is None:
            consumer.join(topic, subscription)
            return [codec.push("subscribe", told(terms), topic)]
        approach = Approach(consumer, codec, topic, history, FROM_NOW_ON, subscription)
        return await _enter(consumer, approach, terms)
    return []


async def _enter(consumer: DataConsumer, approach: Approach, terms: Terms) -> list[Frame]:
    """Return what the client is told, what it missed, and what came meanwhile."""
    missed = None
    try:
        with ExitStack() as gates:
            await approach.read(gates)
            if terms.since is not None:
                missed = await _missed(consumer, approach, terms.since)
            live = approach.join()
    except ProtocolError as error:
        consumer.connection.close(error.code, error.reason)
        return []
    # The client is told a position from which each push that follows is the next.
    told_position = approach.position(missed[0].offset - 1) if missed else approach.result
    pushed = consumer.codec.push("subscribe", told_position | told(terms), approach.topic)
    return [pushed, *(missed or ()), *live]


async def _missed(
    consumer: DataConsumer, approach: Approach, since: Position
) -> list[Frame] | None:
    """Return what the client missed, as pushes; None if that is not all, or too much.

    The push `subscribe` has no place for publications, and a client moves on with each push.
    """
    topic = approach.topic
    engine, overflow = consumer.engine, resolve(consumer, topic).options.overflow
    found = await engine.recovery.missed(topic, approach.history, since, approach.top)
    frames = [consumer.codec.encode(each, overflow) for each in found or ()]
    whole = found is not None and sum(each.size for each in frames) <= engine.recovery.max_size
    engine.instrumentation.recoveries[whole] += 1
    return frames if whole else None
