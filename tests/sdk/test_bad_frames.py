"""What the servers themselves refuse: each such client loses its own connection, nobody else's."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from tests.server import Server

MARKER = "s3cret-p4yload"
# uvicorn tells the client why; daphne's WebSocket library drops it.
TOO_BIG = {"uvicorn": 1009, "daphne": 1006}


async def ask(socket: ClientConnection, name: str, **body: object) -> dict[str, Any]:
    """Send one command and return its reply."""
    await socket.send(json.dumps({"id": 1, name: body}))
    reply: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 10))
    return reply


@pytest.mark.parametrize("path", ["/app/ws/data", "/app/ws/html"])
async def test_oversized_frame_costs_its_sender_the_connection(server: Server, path: str) -> None:
    address = server.url.replace("http", "ws", 1)
    async with (
        connect(server.data_socket, proxy=None) as bystander,
        connect(f"{address}{path}", proxy=None) as sender,
    ):
        assert "connect" in await ask(bystander, "connect")

        await sender.send(MARKER * 5000)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(sender.recv(), 10)

        assert (closed.value.rcvd.code if closed.value.rcvd else 1006) == TOO_BIG[server.kind]
        assert "rpc" in await ask(bystander, "rpc", method="chat.history", data={"room": "lobby"})
    assert server.kind == "daphne" or f"refused socket={path[-4:]} code=1009" in server.log
    assert MARKER not in server.log
    assert "Traceback" not in server.log


async def test_malformed_frame_is_answered_by_the_reason_and_logged_without_it(
    server: Server,
) -> None:
    async with connect(server.data_socket, proxy=None) as sender:
        await sender.send(f'{{"{MARKER}')

        push = json.loads(await asyncio.wait_for(sender.recv(), 10))["push"]
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(sender.recv(), 10)

    assert push == {"disconnect": {"code": 3501, "reason": "bad request: malformed JSON"}}
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 3501
    assert "refused socket=data code=3501" in server.log
    assert MARKER not in server.log


async def test_malformed_binary_frame_is_closed_with_3501(server: Server) -> None:
    form = Subprotocol("centrifuge-protobuf")
    async with connect(server.data_socket, subprotocols=[form], proxy=None) as sender:
        assert sender.subprotocol == form
        await sender.send(b"\x05" + MARKER.encode())

        push = await asyncio.wait_for(sender.recv(), 10)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(sender.recv(), 10)

    assert isinstance(push, bytes)
    assert b"bad request" in push
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 3501
    assert MARKER not in server.log


async def test_foreign_origin_is_answered_with_403(server: Server) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with connect(server.data_socket, origin="http://evil.example", proxy=None):  # type: ignore[arg-type]  # a NewType of str
            pytest.fail("It was let in.")
    assert "handshake rejected socket=data reason=origin" in server.log
