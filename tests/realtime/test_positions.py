"""Where topics were: told to any thread, if anybody can tell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from realtime import History, Topic, registry
from realtime.message import Position
from realtime.positions import positions_before
from realtime.testing import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = "registry.kept"


@pytest.fixture
def kept() -> Iterator[str]:
    """A topic with a history."""
    topic = Topic(KEPT, history=History(size=10, ttl=60))
    yield KEPT
    registry.catalog.remove(topic.pattern)


@pytest.fixture
def plain() -> Iterator[str]:
    """A topic without one."""
    topic = Topic("registry.plain")
    yield "registry.plain"
    registry.catalog.remove(topic.pattern)


def publish(topic: str) -> Position:
    pubsub = registry.engine().pubsub
    position = pubsub.publish(pubsub.draft(topic, "hi"))
    assert position is not None
    return position


def test_positions_are_told_to_a_thread(kept: str, plain: str) -> None:
    with serving():
        first = publish(kept)
        publish(plain)

        found = positions_before([kept, plain, "registry.undeclared"], 60)
        later = positions_before([kept], -60)

    assert found == {kept: Position(0, first.epoch), plain: None, "registry.undeclared": None}
    assert later == {kept: Position(1, first.epoch)}


async def test_positions_are_told_at_once_on_the_loop_that_serves(kept: str) -> None:
    engine = await registry.attach()
    position = await engine.pubsub.apublish(engine.pubsub.draft(kept, "hi"))
    assert position is not None

    assert positions_before([kept], 60) == {kept: Position(0, position.epoch)}


async def test_positions_that_a_broker_must_wait_for_are_not_told_on_the_loop(
    kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await registry.attach()

    async def slowly(*_: object) -> Position:
        await asyncio.sleep(0)
        return Position(1, "e")

    monkeypatch.setattr(engine.pubsub.broker, "position_before", slowly)

    assert positions_before([kept], 60) == {kept: None}


async def test_positions_are_not_told_on_another_loop(kept: str) -> None:
    def ask() -> dict[str, Position | None]:
        async def asked() -> dict[str, Position | None]:
            return positions_before([kept], 60)

        return asyncio.run(asked())

    assert await asyncio.to_thread(ask) == {kept: None}
    await registry.attach()
    assert await asyncio.to_thread(ask) == {kept: None}


def test_positions_are_not_told_where_nobody_serves(kept: str) -> None:
    assert positions_before([kept], 60) == {kept: None}
