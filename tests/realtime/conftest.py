"""Fixtures for the engine's tests: a clock that tests move, and a site that publishes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from realtime import registry
from realtime.layers import TopicChannelLayer
from tests.realtime.caches import REMOTE, Server, fresh_server
from tests.realtime.clock import ClockLoop
from tests.realtime.recovering import Returning
from tests.realtime.rooms import Site
from tests.threads import close_connections_of_the_worker_thread
from tests.wire import DataWire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from pytest_django import Settings


def pytest_asyncio_loop_factories(
    item: pytest.Function,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Choose the event loop of each async test, by whether it asks for `clock`."""
    wants_clock = "clock" in item.fixturenames
    return {"clock": ClockLoop} if wants_clock else {"asyncio": asyncio.new_event_loop}


@pytest.fixture
def form() -> type[DataWire]:
    """The form of its protocol in which a test speaks with the Data socket."""
    return DataWire


@pytest.fixture
async def clock() -> ClockLoop:
    """The event loop of this test, whose time the test moves."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ClockLoop)
    return loop


@pytest.fixture
def fresh_engine() -> Iterator[None]:
    """Have an engine made for this test, and none left behind."""
    close_connections_of_the_worker_thread()
    registry.reset()
    yield
    registry.reset()


@pytest.fixture
async def ours(fresh_engine: None) -> AsyncIterator[TopicChannelLayer]:
    """A layer of ours, which keeps nothing in the end."""
    layer = TopicChannelLayer()
    yield layer
    await layer.close()
    assert len(layer._mailboxes or ()) == 0
    assert registry.engine().hub.router.topics == 0


@pytest.fixture
def remote(settings: Settings) -> Server:
    """The server of the site's cache, which is elsewhere."""
    settings.CACHES = REMOTE
    return fresh_server()


@pytest.fixture
def idle_site() -> Site:
    """A site that does not serve."""
    return Site()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site that serves on the loop of this test."""
    site = Site()
    await site.pubsub.start()
    yield site
    await site.pubsub.stop()


@pytest.fixture
async def returning() -> AsyncIterator[Returning]:
    """A site with a topic whose followers come back."""
    site = Returning()
    await site.pubsub.start()
    yield site
    await site.recovery.stop()
    await site.pubsub.stop()
