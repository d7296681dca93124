"""What tokens let a client do: be somebody, follow a topic, and for how long.

The answers to a bad token differ: an expired one is an error (109), so that the SDK fetches
another; one that was never meant for this client closes the connection for good (3500).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.exceptions import CommandError, ProtocolError, TokenError, TokenExpiredError
from realtime.identity import identify
from realtime.router import is_private

if TYPE_CHECKING:
    from realtime.catalog import Resolved
    from realtime.consumers.data import DataConsumer
    from realtime.credentials import Claims
    from realtime.identity import Identity

# The name of the connection's own deadline; no topic is called so.
CONNECTION = ""


async def recognise(consumer: DataConsumer, token: str) -> tuple[Claims, Identity]:
    """Return what a connection token says, and of whom; raise 109, or close 3500."""
    try:
        claims = consumer.engine.keyring.connection(token)
        settings = consumer.engine.settings
        return claims, await identify(claims, allow_unknown=settings.allow_unknown_users)
    except TokenExpiredError:
        raise CommandError(protocol.TOKEN_EXPIRED, "token expired") from None
    except TokenError:
        raise ProtocolError(protocol.INVALID_TOKEN, "invalid token") from None


def become(consumer: DataConsumer, claims: Claims, identity: Identity) -> None:
    """Let the connection be that of the token's user from now on."""
    client = consumer.client
    # A cookie of the same person ends this connection, too, when its session does.
    cookie = client.session if client.user_id == claims.user else ""
    consumer.client = replace(
        client, user=identity.user, session=identity.session or cookie, info=claims.info
    )
    consumer.engine.connections.identify(
        consumer.connection, user=consumer.client.user_id, session=consumer.client.session
    )


async def permit(
    consumer: DataConsumer, topic: str, resolved: Resolved, token: str
) -> Claims | None:
    """Return what a subscription token says, None where the client may without one.

    Raises `CommandError` 103 or 109; closes 3500 for a token that was made for something else.
    """
    if token:
        return grant(consumer, topic, token)
    if is_private(topic):
        raise CommandError(protocol.PERMISSION_DENIED, "permission denied")
    await consumer.check(resolved, resolved.options.can_subscribe)
    return None


def grant(consumer: DataConsumer, topic: str, token: str) -> Claims:
    """Return what a token for this topic says; raise `CommandError` 103 or 109, or close 3500."""
    try:
        claims = consumer.engine.keyring.subscription(token)
    except TokenExpiredError:
        raise CommandError(protocol.TOKEN_EXPIRED, "token expired") from None
    except TokenError:
        raise CommandError(protocol.PERMISSION_DENIED, "permission denied") from None
    if (claims.topic, claims.user) != (topic, consumer.client.user_id):
        raise ProtocolError(protocol.INVALID_TOKEN, "invalid token")
    return claims


def keep(consumer: DataConsumer, topic: str, claims: Claims | None) -> dict[str, Any]:
    """Remember what a topic's token says, and return what the client is told of its end."""
    if claims is None:
        return {}
    consumer.topic_info[topic] = claims.info
    ended = (topic, protocol.SUBSCRIPTION_EXPIRED, "subscription expired")
    return _watch(consumer, topic, claims, partial(consumer.unsubscribe, *ended))


def keep_connection(consumer: DataConsumer, claims: Claims) -> dict[str, Any]:
    """Close the connection at the token's end, and return what the client is told of that."""
    close = partial(consumer.connection.close, protocol.EXPIRED, "expired")
    return _watch(consumer, CONNECTION, claims, close)


def _watch(
    consumer: DataConsumer, name: str, claims: Claims, then: partial[None]
) -> dict[str, Any]:
    ttl = claims.ttl()
    if ttl is None:
        consumer.expiries.cancel(name)
        return {}
    consumer.expiries.set(name, ttl + consumer.engine.settings.token_grace, then)
    return {"expires": True, "ttl": ttl}
