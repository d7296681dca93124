"""The sockets' addresses, for Channels' URLRouter."""

from __future__ import annotations

from typing import Any

from django.urls import path

from realtime.consumers import DataConsumer, HTMLConsumer

# Django's path() is typed for views alone; URLRouter takes ASGI applications.
_html: Any = HTMLConsumer.as_asgi()
_data: Any = DataConsumer.as_asgi()

websocket_urlpatterns = [
    path("app/ws/html", _html),
    path("app/ws/data", _data),
    # Where the official SDKs look when they are given a host alone.
    path("connection/websocket", _data),
]
