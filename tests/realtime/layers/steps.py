"""What the tests of the Channels layer contract share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from channels.layers import InMemoryChannelLayer

from realtime.layers import TopicChannelLayer

Layer = TopicChannelLayer | InMemoryChannelLayer
MakeLayer = Callable[..., Layer]

HELLO = {"type": "chat.hello", "text": "hi"}


class Time:
    """Stands in for the module `time`: it passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


async def receive(layer: Layer, channel: str) -> dict[str, Any]:
    """Return the next message of a channel, which is there or on its way."""
    message: dict[str, Any] = await asyncio.wait_for(layer.receive(channel), 5)
    return message


async def assert_nothing(layer: Layer, channel: str) -> None:
    """Assert that the channel is empty: the next message is one that is sent now."""
    await layer.send(channel, {"type": "sentinel"})
    assert await receive(layer, channel) == {"type": "sentinel"}
