"""The sockets' addresses."""

from __future__ import annotations

import pytest
from channels.routing import URLRouter

from realtime.consumers import DataConsumer, HTMLConsumer
from realtime.routing import http_urlpatterns, websocket_urlpatterns
from tests.request import Request
from tests.wire import Wire


@pytest.mark.parametrize(
    ("path", "consumer"),
    [
        ("app/ws/html", HTMLConsumer),
        ("app/ws/data", DataConsumer),
        ("connection/websocket", DataConsumer),
    ],
)
def test_address_leads_to_its_consumer(path: str, consumer: type) -> None:
    (application,) = [
        pattern.callback
        for pattern in websocket_urlpatterns
        if pattern.pattern.match(path) is not None
    ]

    assert application.consumer_class is consumer


async def test_other_addresses_lead_nowhere() -> None:
    wire = Wire(URLRouter(websocket_urlpatterns), "/app/ws/other")
    wire.start()

    with pytest.raises(ValueError, match="No route found"):
        await wire.task


@pytest.mark.parametrize(
    ("path", "method"),
    [("/connection/sse", "GET"), ("/connection/http_stream", "POST"), ("/emulation", "POST")],
)
async def test_stand_in_takes_one_method_at_its_address(path: str, method: str) -> None:
    router = URLRouter(http_urlpatterns(URLRouter(websocket_urlpatterns)))

    answer = await Request(router, "PATCH", path).answer()

    assert (answer.status, answer.headers["allow"]) == (405, f"{method}, OPTIONS")
