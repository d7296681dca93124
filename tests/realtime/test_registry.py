"""The engine of the process: one, whatever asks for it, bound to the loop that serves."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from realtime import registry
from realtime.client import session_digest
from realtime.codecs.joining import Message
from realtime.connections import Connection
from realtime.exceptions import ConfigurationError, NotServingError
from realtime.outbox import Ending, Outbox
from realtime.router import Pattern
from realtime.testing import serving

if TYPE_CHECKING:
    from pytest_django import Settings

    from realtime.message import Publication


pytestmark = pytest.mark.usefixtures("fresh_engine")


def test_engine_is_the_same_in_every_thread() -> None:
    found: list[registry.Engine] = []
    thread = threading.Thread(target=lambda: found.append(registry.engine()))
    thread.start()
    thread.join(5)

    assert found == [registry.engine()]


def test_engine_is_made_from_the_settings(settings: Settings) -> None:
    settings.GOBY = {"PROFILE": "high_scale", "BATCH_MAX_SIZE": 7}
    registry.reset()

    engine = registry.engine()

    assert (engine.settings.batch_max_size, engine.settings.batch_max_wait) == (7, 0.002)
    assert engine.flusher._max_size == 7


def test_engine_is_made_from_the_environment_before_the_settings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOBY = {"PROFILE": "high_scale", "BATCH_MAX_SIZE": 7}
    monkeypatch.setenv("GOBY_BATCH_MAX_SIZE", "8")
    registry.reset()

    engine = registry.engine()

    assert (engine.settings.batch_max_size, engine.flusher._max_size) == (8, 8)
    assert engine.capacity.settings is engine.settings


def test_engine_without_settings_is_that_of_production(settings: Settings) -> None:
    del settings.GOBY
    registry.reset()

    assert not registry.engine().settings.allow_guests


def test_engine_is_not_made_from_wrong_settings(settings: Settings) -> None:
    settings.GOBY = {"BATCH_MAX_SIZ": 7}
    registry.reset()

    with pytest.raises(ConfigurationError, match='Did you mean "BATCH_MAX_SIZE"'):
        registry.engine()


async def test_attach_binds_the_engine_to_the_running_loop_once() -> None:
    engine = await registry.attach()

    assert engine.pubsub.loop is asyncio.get_running_loop()
    assert await registry.attach() is engine is registry.engine()


def test_attach_after_the_loop_was_closed_makes_another_engine() -> None:
    first = asyncio.run(registry.attach())
    second = asyncio.run(registry.attach())

    assert first is not second
    assert registry.engine() is second


async def test_detach_stops_publishing() -> None:
    engine = await registry.attach()
    await registry.detach()

    with pytest.raises(NotServingError):
        await engine.pubsub.apublish(engine.pubsub.draft("chat.room.lobby", {}))


async def test_detach_lets_subscribers_finish_first(monkeypatch: pytest.MonkeyPatch) -> None:
    finished: list[object] = []

    async def follow(publication: Publication) -> None:
        await asyncio.sleep(0)
        await registry.engine().pubsub.apublish(
            registry.engine().pubsub.draft("chat.room.random", publication.data)
        )
        finished.append(publication.data)

    monkeypatch.setattr(registry, "declared_subscribers", [(Pattern("chat.room.lobby"), follow)])
    engine = await registry.attach()
    await engine.pubsub.apublish(engine.pubsub.draft("chat.room.lobby", {"n": 1}))

    await registry.detach()

    assert finished == [{"n": 1}]
    assert engine.instrumentation.published == 2


async def test_detach_waits_for_a_stuck_subscriber_no_longer_than_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "DRAIN_TIMEOUT", 0.01)
    released = asyncio.Event()

    async def follow(publication: Publication) -> None:
        await released.wait()

    monkeypatch.setattr(registry, "declared_subscribers", [(Pattern("chat.room.lobby"), follow)])
    engine = await registry.attach()
    await engine.pubsub.apublish(engine.pubsub.draft("chat.room.lobby", {"n": 1}))

    await registry.detach()

    assert engine.pubsub.loop is None
    released.set()
    await engine.subscribers.drain()


def connection_of(session: str) -> Connection:
    """Return a connection that sends nothing anywhere."""

    async def send(event: object) -> None:
        """Drop it."""

    outbox = Outbox(
        send=send,
        join=lambda frames: Message({}),
        ready=lambda outbox: None,
        ended=lambda code: None,
        max_size=1000,
        dropped=registry.engine().instrumentation.dropped,
    )
    return Connection(
        id=session,
        socket="data",
        user="1",
        session=session_digest(session),
        outbox=outbox,
        farewell=lambda code, reason: None,
        revocation=Ending(3503, "signed out"),
    )


def test_sign_out_from_any_thread_closes_the_connections_of_the_session() -> None:
    with serving() as engine:
        ended, other = connection_of("ended"), connection_of("other")
        for connection in (ended, other):
            engine.connections.add(connection)

        registry.sign_out("ended")
        loop = engine.pubsub.loop
        assert loop is not None
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(5)

        assert ended.outbox.ending == Ending(3503, "signed out")
        assert other.outbox.ending is None


def test_revoked_user_loses_the_connections_from_any_thread() -> None:
    with serving() as engine:
        ended, other = connection_of("one"), connection_of("other")
        ended.user, other.user = "42", "43"
        for connection in (ended, other):
            engine.connections.add(connection)

        registry.revoke_user("42")
        loop = engine.pubsub.loop
        assert loop is not None
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(5)

        assert ended.outbox.ending == Ending(3503, "signed out")
        assert other.outbox.ending is None


@pytest.mark.parametrize("key", [None, "", "key"])
def test_sign_out_where_nobody_serves_does_nothing(key: str | None) -> None:
    registry.sign_out(key)
    registry.revoke_user(key or "")
    asyncio.run(registry.attach())
    registry.sign_out(key)
    registry.revoke_user(key or "")


@pytest.mark.parametrize(("more", "times"), [({"INSECURE": True}, 1), ({}, 0)], ids=repr)
async def test_site_that_is_open_to_everybody_says_so_in_the_log(
    more: dict[str, bool], times: int, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.GOBY = {"PROFILE": "development", **more}
    registry.reset()

    await registry.attach()
    await registry.attach()
    await registry.detach()

    warnings = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert len(warnings) == times
    assert all('GOBY["INSECURE"] is on' in warning for warning in warnings)


async def test_open_site_in_production_does_not_start(settings: Settings) -> None:
    settings.GOBY = {"PROFILE": "production", "INSECURE": True}
    registry.reset()

    with pytest.raises(ConfigurationError, match="development"):
        await registry.attach()
