"""Channels' own consumers, unchanged, on our layer and on Channels' own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from channels.consumer import SyncConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.testing import ApplicationCommunicator, WebsocketCommunicator

from realtime import registry
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

BACKENDS = ["realtime.layers.TopicChannelLayer", "channels.layers.InMemoryChannelLayer"]


class Room(AsyncWebsocketConsumer):
    """The chat of Channels' tutorial."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("room", self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.channel_layer.group_send("room", {"type": "chat.message", "text": text_data})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


class Worker(SyncConsumer):
    """A background worker, which answers on another channel."""

    def job_double(self, event: dict[str, Any]) -> None:
        answer = {"type": "done", "number": event["number"] * 2}
        async_to_sync(self.channel_layer.send)("results", answer)


@pytest.fixture(autouse=True, params=BACKENDS)
def layer(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Any]:
    """The default layer of this test."""
    close_connections_of_the_worker_thread()
    registry.reset()
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": request.param}}
    yield get_channel_layer()
    registry.reset()


async def test_websocket_consumers_of_a_group_hear_one_another() -> None:
    one, two = (WebsocketCommunicator(Room.as_asgi(), "/room/") for _ in range(2))
    for communicator in (one, two):
        connected, _ = await communicator.connect()
        assert connected

    await one.send_to(text_data="hello")

    assert await one.receive_from() == "hello"
    assert await two.receive_from() == "hello"
    await one.disconnect()
    await two.send_to(text_data="alone?")
    assert await two.receive_from() == "alone?"
    await two.disconnect()


async def test_nothing_is_kept_when_the_consumers_left(layer: Any) -> None:
    communicator = WebsocketCommunicator(Room.as_asgi(), "/room/")
    await communicator.connect()
    await communicator.disconnect()

    if hasattr(layer, "groups"):
        assert layer.groups == {}
    else:
        assert len(layer._mailboxes) == 0
        assert registry.engine().hub.router.topics == 0


async def test_sync_consumer_works_on_a_named_channel(layer: Any) -> None:
    communicator = ApplicationCommunicator(Worker.as_asgi(), {"type": "channel", "channel": "jobs"})

    await communicator.send_input({"type": "job.double", "number": 21})

    assert await layer.receive("results") == {"type": "done", "number": 42}
    communicator.stop()


async def test_code_outside_of_consumers_reaches_them(layer: Any) -> None:
    communicator = WebsocketCommunicator(Room.as_asgi(), "/room/")
    await communicator.connect()

    await layer.group_send("room", {"type": "chat.message", "text": "from a view"})

    assert await communicator.receive_from() == "from a view"
    await communicator.disconnect()
