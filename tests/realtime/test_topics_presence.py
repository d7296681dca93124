"""Who follows a topic, as an app asks: from any thread, from a coroutine, on any loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime import Topic, registry
from realtime.exceptions import BlockingCallError, ConfigurationError, NotServingError
from realtime.message import ClientInfo
from realtime.presence import Stats
from realtime.testing import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ANN = ClientInfo(user="1", client="a", conn_info={"name": "Ann"})
GUEST = ClientInfo(user="", client="g")


pytestmark = pytest.mark.usefixtures("fresh_engine")


@pytest.fixture
def room() -> Iterator[Topic]:
    """A topic of which it is known who follows it."""
    topic = Topic("presence.test.{slug}", presence=True)
    yield topic
    registry.catalog.remove(topic.pattern)


@pytest.fixture
def plain() -> Iterator[Topic]:
    """A topic that tells who comes and goes, but not who is there."""
    topic = Topic("presence.plain", join_leave=True)
    yield topic
    registry.catalog.remove(topic.pattern)


async def enter(*infos: ClientInfo) -> None:
    for info in infos:
        registry.engine().presence.enter("presence.test.lobby", info)


def test_thread_of_the_server_is_told(room: Topic) -> None:
    with serving() as engine:
        assert room(slug="lobby").presence() == {}
        engine.pubsub.from_thread(enter, ANN, GUEST)

        assert room(slug="lobby").presence() == {"a": ANN, "g": GUEST}
        assert room(slug="lobby").presence_stats() == Stats(clients=2, users=2)
        assert room(slug="empty").presence_stats() == Stats(0, 0)
        engine.pubsub.from_thread(leave_all)


async def test_coroutine_of_the_server_is_told(room: Topic) -> None:
    await registry.attach()
    await enter(ANN)

    assert await room(slug="lobby").apresence() == {"a": ANN}
    assert await room(slug="lobby").apresence_stats() == Stats(1, 1)
    await leave_all()
    await registry.detach()


async def test_coroutine_of_another_loop_is_told(room: Topic) -> None:
    with serving() as engine:
        await engine.pubsub.on_loop(enter, GUEST)

        assert await room(slug="lobby").apresence() == {"g": GUEST}
        assert await room(slug="lobby").apresence_stats() == Stats(1, 1)
        await engine.pubsub.on_loop(leave_all)


async def leave_all() -> None:
    """Let the wheel stop before its loop does."""
    for client in "ag":
        registry.engine().presence.leave("presence.test.lobby", client)


async def test_sync_call_on_the_event_loop_is_refused_with_advice(room: Topic) -> None:
    with pytest.raises(BlockingCallError, match=r"Await apresence\(\) instead"):
        room(slug="lobby").presence()
    with pytest.raises(BlockingCallError, match=r"Await apresence_stats\(\) instead"):
        room(slug="lobby").presence_stats()


def test_process_that_serves_nobody_is_told_so(room: Topic) -> None:
    with pytest.raises(NotServingError):
        room(slug="lobby").presence()
    with pytest.raises(NotServingError):
        room(slug="lobby").presence_stats()


def test_topic_without_presence_says_how_to_get_it(plain: Topic) -> None:
    with serving(), pytest.raises(ConfigurationError, match="with presence=True"):
        plain().presence()


async def test_topic_without_presence_says_so_to_coroutines(plain: Topic) -> None:
    with pytest.raises(ConfigurationError, match="with presence=True"):
        await plain().apresence_stats()
