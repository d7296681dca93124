"""The engine that tests of apps serve with."""

from __future__ import annotations

import threading

import pytest

from realtime import registry
from realtime.exceptions import NotServingError
from realtime.testing import serving


def test_engine_serves_within_the_block_and_is_forgotten_after_it() -> None:
    with serving() as engine:
        assert registry.engine() is engine
        engine.pubsub.publish(engine.pubsub.draft("chat.room.lobby", {"n": 1}))
        assert engine.instrumentation.published == 1

    assert registry.engine() is not engine
    with pytest.raises(NotServingError):
        engine.pubsub.publish(engine.pubsub.draft("chat.room.lobby", {"n": 2}))
    registry.reset()


def test_each_block_has_an_engine_of_its_own() -> None:
    with serving() as first:
        pass
    with serving() as second:
        assert second is not first
        assert second.instrumentation.published == 0


def test_thread_ends_when_the_block_raises() -> None:
    with pytest.raises(ZeroDivisionError), serving():
        1 / 0  # noqa: B018 - a test that fails

    assert "realtime-testing" not in [thread.name for thread in threading.enumerate()]
