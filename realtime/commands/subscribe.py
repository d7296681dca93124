"""Subscribe and unsubscribe: follow a topic, from where the client left off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime import protocol
from realtime.commands.access import kept_place
from realtime.commands.admission import keep, permit, settle, told
from realtime.commands.approach import Approach, Request, enter
from realtime.exceptions import CommandError
from realtime.terms import NO_TERMS

if TYPE_CHECKING:
    from realtime.catalog import Resolved
    from realtime.claims import Claims
    from realtime.connections import Subscription
    from realtime.consumers.data import DataConsumer
    from realtime.message import Frame
    from realtime.protocol import Command


async def subscribe(consumer: DataConsumer, command: Command) -> None:
    """Follow a topic; raise `CommandError` 102, 103, 105, 106, 107, 109 or 112."""
    topic = protocol.topic_of(command.body)
    request = Request.of(command.body)
    token = protocol.text_of(command.body, "token")
    subscription = consumer.subscription()
    with kept_place(consumer, topic, subscription) as resolved:
        claims = await permit(consumer, topic, resolved, token)
        live = await _follow(consumer, command, request, resolved, claims, subscription)
    for frame in live:
        subscription.follower.put(frame)
    consumer.appear(topic, asks=request.join_leave)


async def _follow(
    consumer: DataConsumer,
    command: Command,
    request: Request,
    resolved: Resolved,
    claims: Claims | None,
    subscription: Subscription,
) -> list[Frame]:
    """Follow the topic and answer; return what came while its history was read."""
    topic, history = protocol.topic_of(command.body), resolved.options.history
    terms = NO_TERMS if claims is None else claims.terms
    settle(subscription, terms)
    if history is None:
        if request.refuses_loss:
            raise CommandError(protocol.UNRECOVERABLE_POSITION, "unrecoverable position")
        consumer.join(topic, subscription)
        consumer.answer(command, keep(consumer, topic, claims) | told(terms))
        return []
    patched = request.delta and resolved.options.delta
    codec = consumer.patch(subscription) if patched else consumer.codec
    approach = Approach(consumer, codec, topic, history, request, subscription)
    live = await enter(approach)
    result = approach.result | keep(consumer, topic, claims) | told(terms)
    consumer.answer(command, {**result, "delta": True} if patched else result)
    return live


async def unsubscribe(consumer: DataConsumer, command: Command) -> None:
    """Follow a topic no more; a topic that was not followed is no error."""
    consumer.leave(protocol.topic_of(command.body))
    consumer.answer(command, {})
