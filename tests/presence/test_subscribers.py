"""The app hears of whoever comes and goes."""

from __future__ import annotations

from presence.subscribers import hear
from realtime import registry


def test_engine_tells_the_app() -> None:
    assert registry.declared_watchers.count(hear) == 1
