"""Refresh: another token before the old one ends, for a connection or for one subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime import protocol
from realtime.commands.admission import (
    become,
    grant,
    keep,
    keep_connection,
    recognise,
)
from realtime.exceptions import CommandError, ProtocolError
from realtime.version import VERSION

if TYPE_CHECKING:
    from realtime.consumers.data import DataConsumer
    from realtime.protocol import Command


async def refresh(consumer: DataConsumer, command: Command) -> None:
    """Let a connection live on; raise `CommandError` 107, 108 or 109, or close 3500."""
    token = _token_of(command)
    if consumer.deadline is None:
        raise CommandError(protocol.NOT_AVAILABLE, "not available: this connection never expires")
    claims, identity = await recognise(consumer, token)
    if claims.user != consumer.client.user_id:
        raise ProtocolError(protocol.INVALID_TOKEN, "invalid token")
    become(consumer, claims, identity)
    kept = keep_connection(consumer, claims.expires_at)
    consumer.answer(command, {"client": consumer.client.id, "version": VERSION, **kept})


async def sub_refresh(consumer: DataConsumer, command: Command) -> None:
    """Let a subscription live on; raise `CommandError` 103, 107, 108 or 109, or close 3500."""
    topic = protocol.topic_of(command.body)
    token = _token_of(command)
    _check_expires(consumer, topic)
    claims = await grant(consumer, topic, token)
    _check_expires(consumer, topic)  # it may have ended meanwhile
    consumer.answer(command, keep(consumer, topic, claims))


def _check_expires(consumer: DataConsumer, topic: str) -> None:
    subscription = consumer.connection.topics.get(topic)
    if subscription is None or subscription.deadline is None:
        raise CommandError(
            protocol.NOT_AVAILABLE, "not available: this subscription is not there or never expires"
        )


def _token_of(command: Command) -> str:
    token = protocol.text_of(command.body, "token")
    if not token:
        raise CommandError(protocol.BAD_REQUEST, "bad request: token is missing")
    return token
