"""An engine of its own for each growth test, with topics that crowds follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime import History, Topic, registry
from realtime.codecs import JSONCodec
from tests.benchmarks.growth.crowd import Crowd
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_django import Settings


@pytest.fixture
async def crowd(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crowd]:
    """A crowd of nobody, at an engine that serves on this test's event loop.

    No app watches: what they tell of a hundred thousand who come at once is told later, together.
    """
    monkeypatch.setattr(registry, "declared_watchers", [])
    settings.GOBY = {"PROFILE": "development", "ALLOW_GUESTS": True}
    declared = Topic(
        "grow.{name}",
        history=History(size=10, ttl=600),
        presence=True,
        can_subscribe="anyone",
        can_publish="anyone",
    )
    registry.reset()
    engine = await registry.attach()
    yield Crowd(engine, JSONCodec())
    await registry.detach()
    registry.catalog.remove(declared.pattern)
    registry.reset()
    close_connections_of_the_worker_thread()
