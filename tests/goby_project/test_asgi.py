"""What each kind of connection reaches: pages, sockets, and a refusal for everything else."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import ApplicationCommunicator

from goby_project.asgi import application


def communicator(kind: str, path: str) -> ApplicationCommunicator:
    """Open a connection to the application as a server would."""
    scope: dict[str, Any] = {
        "type": kind,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "subprotocols": [],
    }
    return ApplicationCommunicator(application, {**scope, "method": "GET"})


async def test_page_that_does_not_exist_is_answered_by_django() -> None:
    client = communicator("http", "/no/such/page")
    await client.send_input({"type": "http.request"})

    start = await client.receive_output()

    assert start["status"] == 404
    assert (b"X-Frame-Options", b"DENY") in start["headers"]
    await client.receive_output()
    await client.wait()


@pytest.mark.parametrize("path", ["/", "/nonsense", "/app/ws/html/more"])
async def test_socket_at_an_unknown_path_is_refused(path: str) -> None:
    client = communicator("websocket", path)
    await client.send_input({"type": "websocket.connect"})

    assert (await client.receive_output())["type"] == "websocket.close"
    await client.wait()
