"""The other side of the ratio: Channels as its tutorial teaches it.

`AsyncWebsocketConsumer`, `group_add` on connect, `group_send` for a message, the in-memory layer
(Redis where the environment names one) and the usual wrappers, with default settings throughout.
"""

from __future__ import annotations

import json
import os
from typing import Any

import django
from django.conf import settings

_REDIS = os.environ.get("BENCH_CHANNELS_REDIS")
_LAYER: dict[str, Any] = (
    {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [_REDIS]},
    }
    if _REDIS
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
)

settings.configure(
    SECRET_KEY="only for the benchmark",  # noqa: S106 - guards nothing
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=[
        "channels",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    CHANNEL_LAYERS={"default": _LAYER},
)
django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs the settings above
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402 - needs the settings above
from channels.layers import get_channel_layer  # noqa: E402 - needs the settings above
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - needs the settings above
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402 - needs the settings above
from django.urls import path  # noqa: E402 - needs the settings above

from benchmarks.apps.stats import with_stats  # noqa: E402 - needs the settings above

GROUP = "bench"


class Subscriber(AsyncWebsocketConsumer):
    """A member of the group, as in the tutorial's chat room."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, _code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def bench_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"message": event["message"]}))


class Publisher(AsyncWebsocketConsumer):
    """Sends what it receives to the group, and follows nothing itself."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = json.loads(text_data or "")["message"]
        await self.channel_layer.group_send(GROUP, {"type": "bench.message", "message": message})


class Member(AsyncWebsocketConsumer):
    """Follows a room and speaks in it, as in the tutorial's chat room."""

    async def connect(self) -> None:
        self.room = f"room-{self.scope['url_route']['kwargs']['room']}"
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def disconnect(self, _code: int) -> None:
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = json.loads(text_data or "")["message"]
        await self.channel_layer.group_send(
            self.room, {"type": "bench.message", "message": message}
        )

    async def bench_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"message": event["message"]}))


# Django's path() is typed for views alone; URLRouter takes ASGI applications.
_subscriber: Any = Subscriber.as_asgi()
_publisher: Any = Publisher.as_asgi()
_member: Any = Member.as_asgi()
_routes: Any = [
    path("ws/subscribe/", _subscriber),
    path("ws/publish/", _publisher),
    path("ws/rooms/<int:room>/", _member),
]
_layered = ProtocolTypeRouter(
    {"websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(_routes)))}
)


def _counts() -> dict[str, int]:
    groups: dict[str, Any] = getattr(get_channel_layer(), "groups", {})
    return {"connections": len(groups.get(GROUP, ()))}


application = with_stats(_layered, _counts)
