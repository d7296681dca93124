"""The process-wide engine, made from the Django settings, and what apps declared for it.

There is one engine in a process, whatever thread or context asks for it. It is made when first
needed, and attached to the event loop of the server by the first scope that the server sends.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings as django_settings

from realtime import conf
from realtime.brokers import MemoryBroker
from realtime.capacity import Capacity
from realtime.catalog import Catalog
from realtime.client import session_digest
from realtime.codecs import DeltaCodec, JSONCodec, ProtobufCodec
from realtime.codecs.html import HTMLCodec
from realtime.codecs.mailbox import MailboxCodec
from realtime.connections import Connections
from realtime.credentials import Keyring
from realtime.heartbeat import Heartbeat
from realtime.history import HistoryStore
from realtime.instrumentation import Instrumentation
from realtime.limits import rates_of
from realtime.presence import Presence
from realtime.pubsub import PubSub
from realtime.recovery import Recovery
from realtime.sessions import Sessions
from realtime.subscribers import Function, Subscribers
from realtime.without import dedup_of, effective, flusher_of, fragments_of, hub_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from realtime.flusher import Flusher
    from realtime.fragment_cache import FragmentCache
    from realtime.hub import Hub
    from realtime.limits import Kind, Rate
    from realtime.message import Change
    from realtime.router import Pattern

logger = logging.getLogger("realtime")

# How many seconds server-side subscribers have at shutdown for what was published before.
DRAIN_TIMEOUT = 5.0

# What apps declare at import, before any engine exists.
catalog = Catalog()
declared_subscribers: list[tuple[Pattern, Function]] = []
declared_watchers: list[Callable[[Change], None]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The rooms of one process, put together."""

    settings: conf.Settings
    instrumentation: Instrumentation
    connections: Connections
    capacity: Capacity
    heartbeat: Heartbeat
    flusher: Flusher
    subscribers: Subscribers
    hub: Hub
    pubsub: PubSub
    recovery: Recovery
    presence: Presence
    keyring: Keyring
    rates: Mapping[Kind, Rate]
    sessions: Sessions
    fragments: FragmentCache
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started_at: float = field(default_factory=time.monotonic)


def make_engine(settings: conf.Settings) -> Engine:
    """Return a new engine, not yet attached to an event loop."""
    settings, without = effective(settings), settings.without
    instrumentation = Instrumentation()
    subscribers = Subscribers(instrumentation=instrumentation)
    for pattern, function in declared_subscribers:
        subscribers.add(pattern, function)
    flusher = flusher_of(without)(
        max_size=settings.batch_max_size,
        max_wait=settings.batch_max_wait,
        send_timeout=settings.send_timeout,
        instrumentation=instrumentation,
    )
    json, protobuf = JSONCodec(), ProtobufCodec()
    hub = hub_of(without)(
        codecs=[
            json,
            protobuf,
            DeltaCodec(json),
            DeltaCodec(protobuf),
            HTMLCodec(catalog),
            MailboxCodec(),
        ],
        catalog=catalog,
        subscribers=subscribers,
        instrumentation=instrumentation,
        noted=flusher.note_publication,
        ready=flusher.crowd_ready,
    )
    store = HistoryStore(
        max_topics=settings.history_max_topics,
        max_bytes=settings.history_max_bytes,
        clock=time.monotonic,
        evicted=instrumentation.histories_evicted,
    )
    pubsub = PubSub(
        broker=MemoryBroker(store),
        hub=hub,
        catalog=catalog,
        dedup=dedup_of(without)(
            ttl=settings.dedup_ttl, max_ids=settings.dedup_max_ids, clock=time.monotonic
        ),
        instrumentation=instrumentation,
        max_size=settings.message_max_size,
    )
    recovery = Recovery(
        broker=pubsub.broker,
        hub=hub,
        catalog=catalog,
        instrumentation=instrumentation,
        max_size=settings.outbox_max_size // 2,
    )
    connections, heartbeat = Connections(), Heartbeat()
    presence = Presence(
        hub=hub,
        catalog=catalog,
        heartbeat=heartbeat,
        instrumentation=instrumentation,
        alive=connections.alive,
        ttl=settings.presence_ttl,
        clock=time.monotonic,
        watchers=declared_watchers,
    )
    return Engine(
        settings=settings,
        instrumentation=instrumentation,
        connections=connections,
        capacity=Capacity(settings=settings),
        heartbeat=heartbeat,
        flusher=flusher,
        subscribers=subscribers,
        hub=hub,
        pubsub=pubsub,
        recovery=recovery,
        presence=presence,
        keyring=Keyring(settings),
        rates=rates_of(settings),
        sessions=Sessions(max_size=4 * settings.message_max_size),
        fragments=fragments_of(without)(
            alias=settings.fragment_cache,
            ttl=settings.fragment_ttl,
            instrumentation=instrumentation,
        ),
    )


_engine: Engine | None = None


def engine() -> Engine:
    """Return the engine of this process; make it from `GOBY` and the environment if need be."""
    global _engine
    if _engine is None:
        _engine = make_engine(conf.effective(getattr(django_settings, "GOBY", {})).settings)
    return _engine


async def attach() -> Engine:
    """Return the engine, serving on the running event loop.

    If the loop that it served before is closed, all it knew died with that loop's sockets: then
    a new engine is made.
    """
    current = engine()
    loop = current.pubsub.loop
    if loop is asyncio.get_running_loop():
        return current
    if loop is not None and loop.is_closed():
        reset()
        current = engine()
    await current.pubsub.start()
    if current.settings.insecure:
        logger.warning(conf.OPEN_TO_ALL)
    current.recovery.start(current.settings.position_check_interval)
    return current


async def detach() -> None:
    """Let subscribers finish, flush what waits, and serve no more."""
    current = engine()
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_TIMEOUT):
            await current.subscribers.drain()
    await current.recovery.stop()
    await current.flusher.stop()
    await current.pubsub.stop()


def reset() -> None:
    """Forget the engine; the next call of `engine` makes another from the settings."""
    global _engine
    _engine = None


def sign_out(session_key: str | None) -> None:
    """Close the connections of a session that ended; from any thread."""
    _revoke(engine().connections.revoke_session, session_digest(session_key))


def revoke_user(user_id: str) -> None:
    """Close the connections of a user whose credentials ended; from any thread."""
    _revoke(engine().connections.revoke_user, user_id)


def _revoke(revoke: Callable[[str], int], whose: str) -> None:
    loop = engine().pubsub.loop
    if whose and loop is not None and not loop.is_closed():
        loop.call_soon_threadsafe(revoke, whose)
