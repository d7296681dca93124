"""What tokens let a client do: be somebody, follow a topic, and for how long.

The answers to a bad token differ: an expired one is an error (109), so that the SDK fetches
another; one that was never meant for this client closes the connection for good (3500).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.claims import ttl_of
from realtime.commands.access import check, resolve
from realtime.exceptions import (
    CommandError,
    ProtocolError,
    TermsError,
    TokenError,
    TokenExpiredError,
)
from realtime.expiry import expire_in, never_expire
from realtime.identity import identify
from realtime.router import is_private

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime.catalog import Resolved
    from realtime.claims import Claims
    from realtime.connections import Subscription
    from realtime.consumers.data import DataConsumer
    from realtime.expiry import Expiring
    from realtime.identity import Identity
    from realtime.terms import Terms


async def recognise(consumer: DataConsumer, token: str) -> tuple[Claims, Identity]:
    """Return what a connection token says, and of whom; raise 109, or close 3500."""
    consumer.connection.begun = consumer.engine.connections.clock()
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
        return await grant(consumer, topic, token)
    if is_private(topic) and not consumer.engine.settings.insecure:
        raise CommandError(protocol.PERMISSION_DENIED, "permission denied")
    await check(consumer, resolved, resolved.options.can_subscribe)
    return None


async def grant(consumer: DataConsumer, topic: str, token: str) -> Claims:
    """Return what a token for this topic says; raise `CommandError` 103 or 109, or close 3500.

    One that was issued to a session is worth nothing when that has ended; a guest's is for the
    guest's own session alone.
    """
    try:
        claims = consumer.engine.keyring.subscription(token)
        resolve(consumer, topic).options.check_override(claims.terms.override)
    except TokenExpiredError:
        raise CommandError(protocol.TOKEN_EXPIRED, "token expired") from None
    except (TokenError, TermsError):
        raise CommandError(protocol.PERMISSION_DENIED, "permission denied") from None
    if (claims.topic, claims.user) != (topic, consumer.client.user_id):
        raise ProtocolError(protocol.INVALID_TOKEN, "invalid token")
    if claims.session and not await _is_of_session(consumer, claims):
        raise CommandError(protocol.PERMISSION_DENIED, "permission denied")
    return claims


async def _is_of_session(consumer: DataConsumer, claims: Claims) -> bool:
    settings = consumer.engine.settings
    try:
        identity = await identify(claims, allow_unknown=settings.allow_unknown_users)
    except TokenError:
        return False
    return bool(claims.user) or identity.session == consumer.client.session


def settle(subscription: Subscription, terms: Terms) -> Subscription:
    """Let a subscription be on these terms."""
    subscription.info, subscription.override = terms.info, terms.override
    return subscription


def told(terms: Terms) -> dict[str, Any]:
    """Return what the client itself is told of its terms."""
    return {} if terms.data is None else {"data": terms.data}


def keep(consumer: DataConsumer, topic: str, claims: Claims | None) -> dict[str, Any]:
    """Remember what a topic's token says, and return what the client is told of its end."""
    if claims is None:
        return {}
    subscription = consumer.connection.topics[topic]
    subscription.info = claims.info
    grace = consumer.engine.settings.token_grace
    return keep_until(consumer, topic, claims.expires_at, grace=grace)


def keep_until(
    consumer: DataConsumer, topic: str, expires_at: int | None, *, grace: float = 0
) -> dict[str, Any]:
    """End a subscription `grace` seconds after this time; return what the client is told of it."""
    ended = (topic, protocol.SUBSCRIPTION_EXPIRED, "subscription expired")
    subscription, then = consumer.connection.topics[topic], partial(consumer.unsubscribe, *ended)
    return _watch(consumer, subscription, expires_at, then, grace)


def keep_connection(consumer: DataConsumer, expires_at: int | None) -> dict[str, Any]:
    """Close the connection some time after this, and return what the client is told of that."""
    close = partial(consumer.connection.close, protocol.EXPIRED, "expired")
    return _watch(consumer, consumer, expires_at, close, consumer.engine.settings.token_grace)


def _watch(
    consumer: DataConsumer,
    expiring: Expiring,
    expires_at: int | None,
    then: Callable[[], None],
    grace: float,
) -> dict[str, Any]:
    ttl = ttl_of(expires_at)
    if ttl is None:
        never_expire(consumer.engine.heartbeat, expiring)
        return {}
    expire_in(consumer.engine.heartbeat, expiring, ttl + grace, then)
    return {"expires": True, "ttl": ttl}
