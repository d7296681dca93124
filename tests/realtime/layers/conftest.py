"""Layers to test: what Channels' own layer in memory does right, ours does as well."""

from __future__ import annotations

import pytest
from channels.layers import InMemoryChannelLayer

from realtime.layers import TopicChannelLayer
from tests.realtime.layers.steps import MakeLayer, Time


@pytest.fixture(autouse=True)
def _alone(fresh_engine: None) -> None:
    """Let no test see the engine of another."""


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
