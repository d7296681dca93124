"""The sockets' addresses, for Channels' URLRouter."""

from __future__ import annotations

from typing import Any

from django.urls import path

from realtime.consumers import DataConsumer, HTMLConsumer
from realtime.consumers.emulation import emulate
from realtime.consumers.exchange import Endpoint
from realtime.consumers.streams import Streams

# Django's path() is typed for views alone; URLRouter takes ASGI applications.
_html: Any = HTMLConsumer.as_asgi()
_data: Any = DataConsumer.as_asgi()

websocket_urlpatterns = [
    path("app/ws/html", _html),
    path("app/ws/data", _data),
    # Where the official SDKs look when they are given a host alone.
    path("connection/websocket", _data),
]


def http_urlpatterns(sockets: Any) -> list[Any]:
    """Return the addresses of what stands in for the Data socket where WebSockets do not work.

    `sockets` is the application that serves the addresses above. What it does with a WebSocket,
    such as to find its user, it does with a stream.
    """
    streams = Streams(sockets)
    # Any as above.
    endpoints: dict[str, Any] = {
        "connection/sse": Endpoint(streams.sse, method="GET"),
        "connection/http_stream": Endpoint(streams.http_stream, method="POST"),
        "emulation": Endpoint(emulate, method="POST"),
    }
    return [path(address, endpoint) for address, endpoint in endpoints.items()]
