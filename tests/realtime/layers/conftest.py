"""Layers to test: what Channels' own layer in memory does right, ours does as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from channels.layers import InMemoryChannelLayer

from realtime import registry
from realtime.layers import TopicChannelLayer
from tests.realtime.layers.steps import MakeLayer, Time
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(autouse=True)
def fresh_engine() -> Iterator[None]:
    close_connections_of_the_worker_thread()
    registry.reset()
    yield
    registry.reset()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The time by which messages and memberships expire."""
    time = Time()
    monkeypatch.setattr("realtime.layers.time", time)
    monkeypatch.setattr("channels.layers.time", time)
    return time


@pytest.fixture(params=[TopicChannelLayer, InMemoryChannelLayer])
def make(request: pytest.FixtureRequest) -> MakeLayer:
    """Ours, and then Channels' own."""
    layer: MakeLayer = request.param
    return layer


@pytest.fixture
async def ours() -> AsyncIterator[TopicChannelLayer]:
    """A layer of ours, which keeps nothing in the end."""
    layer = TopicChannelLayer()
    yield layer
    await layer.close()
    assert len(layer._mailboxes or ()) == 0
    assert registry.engine().hub.router.topics == 0
