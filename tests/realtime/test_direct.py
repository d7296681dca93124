"""What was framed once is written as it is, by a real uvicorn to a real client."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime.codecs.joining import Message
from realtime.direct import DirectWebSocketProtocol, Gate, HttpProtocol, Inbox
from realtime.outbox import WRITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Application = Callable[..., Awaitable[None]]

PATIENCE = 10.0


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[str]:
    """Serve an application of ASGI; yield the address of its socket."""
    config = uvicorn.Config(
        application,
        port=0,
        ws=DirectWebSocketProtocol,
        http=HttpProtocol,
        lifespan="off",
        log_config=None,
        ws_per_message_deflate=True,  # what is written directly may stay as it is all the same
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        await running


class Host:
    """An application that accepts, and hands out what it was given."""

    def __init__(self) -> None:
        self.opened: asyncio.Queue[Callable[[bytes], bool]] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.may_end = asyncio.Event()
        self.send: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.send = send
        self.opened.put_nowait(scope["extensions"][WRITE])
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self.gone.set()
        await self.may_end.wait()


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.mark.parametrize("size", [0, 125, 126, 65_536])
async def test_frame_is_heard_in_order_with_what_is_sent(host: Host, size: int) -> None:
    text = "x" * size
    async with served(host) as url, connect(url) as client:
        write = await host.opened.get()

        assert write(Message({"text": "before"}).wire)
        await host.send({"type": "websocket.send", "text": "sent"})
        assert write(Message({"text": text}).wire)
        assert write(Message({"bytes": b"\0\1"}).wire)

        async with asyncio.timeout(PATIENCE):
            heard = [await client.recv() for _ in range(4)]
        assert heard == ["before", "sent", text, b"\0\1"]
        host.may_end.set()


async def test_peer_that_is_behind_is_written_nothing_more(host: Host) -> None:
    wire = Message({"text": "x" * 60_000}).wire
    async with served(host) as url, connect(url, max_queue=1) as client:
        write = await host.opened.get()

        written = 0
        while write(wire):
            written += 1
            await asyncio.sleep(0)
            assert written < 10_000
        sending = asyncio.create_task(host.send({"type": "websocket.send", "text": "after"}))

        async with asyncio.timeout(PATIENCE):
            for _ in range(written):
                assert len(await client.recv()) == 60_000
            assert await client.recv() == "after"
            await sending
        assert write(Message({"text": "again"}).wire)
        host.may_end.set()


async def test_nothing_is_written_after_the_close(host: Host) -> None:
    async with served(host) as url, connect(url) as client:
        write = await host.opened.get()
        await host.send({"type": "websocket.close", "code": 4401})

        assert not write(Message({"text": "late"}).wire)

        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 4401
        host.may_end.set()


async def test_nothing_is_written_to_who_is_gone(host: Host) -> None:
    async with served(host) as url:
        async with connect(url):
            write = await host.opened.get()
        async with asyncio.timeout(PATIENCE):
            await host.gone.wait()

        assert not write(Message({"text": "late"}).wire)
        host.may_end.set()


async def test_open_connection_keeps_nothing_of_its_handshake(host: Host) -> None:
    async with served(host) as url, connect(url, additional_headers={"x-mark": "keep me not"}):
        write: Any = await host.opened.get()
        protocol: DirectWebSocketProtocol = write.__self__

        assert not hasattr(protocol, "request")
        assert not hasattr(protocol, "response")
        host.may_end.set()


async def test_refused_handshake_is_answered_by_uvicorn(host: Host) -> None:
    async with served(host) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers={"sec-websocket-version": "7"})

    assert refused.value.response.status_code == 400
    assert host.opened.empty()


async def test_line_that_breaks_before_the_handshake_leaves_nothing() -> None:
    config = uvicorn.Config(Host(), ws=DirectWebSocketProtocol, lifespan="off", log_config=None)
    config.load()
    protocol = DirectWebSocketProtocol(config, ServerState(), {})
    reader, writer = socket.socketpair()
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: protocol, reader)
    writer.close()

    async with asyncio.timeout(PATIENCE):
        event = await protocol.queue.get()

    assert event == {"type": "websocket.disconnect", "code": 1006}
    assert not protocol.handshake_initiated


async def test_inbox_gives_what_came_in_order() -> None:
    inbox = Inbox()
    assert inbox.empty()
    inbox.put_nowait(1)
    inbox.put_nowait(2)

    assert not inbox.empty()
    assert [await inbox.get(), await inbox.get()] == [1, 2]
    assert inbox.empty()


async def test_inbox_wakes_who_waits() -> None:
    inbox = Inbox()
    waiting = [asyncio.create_task(inbox.get()) for _ in range(2)]
    await asyncio.sleep(0)

    inbox.put_nowait("a")
    inbox.put_nowait("b")

    async with asyncio.timeout(PATIENCE):
        assert sorted(await asyncio.gather(*waiting)) == ["a", "b"]


async def test_inbox_goes_on_when_one_who_waits_gives_up() -> None:
    inbox = Inbox()
    first, second = [asyncio.create_task(inbox.get()) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)

    inbox.put_nowait("a")

    async with asyncio.timeout(PATIENCE):
        assert await second == "a"
    assert first.cancelled()


async def test_gate_holds_up_while_it_is_closed() -> None:
    gate = Gate()
    await gate.wait()
    gate.clear()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not gate.is_set()

    gate.set()
    gate.set()

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting)
    assert gate.is_set()


async def test_gate_that_closes_again_at_once_holds_on() -> None:
    gate = Gate()
    gate.clear()
    waiting = asyncio.create_task(gate.wait())
    await asyncio.sleep(0)
    gate.set()
    gate.clear()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()

    gate.set()

    async with asyncio.timeout(PATIENCE):
        await waiting


INVALID_CLOSE = b"\x88\x82\0\0\0\0" + (999).to_bytes(2, "big")


@pytest.mark.parametrize("farewell", [b"", INVALID_CLOSE], ids=["usual", "invalid"])
async def test_connection_that_ended_leaves_no_work_to_the_collector(
    host: Host, farewell: bytes
) -> None:
    gc.disable()
    try:
        async with served(host) as url:
            async with connect(url) as client:
                client.transport.write(farewell)
                write: Any = await host.opened.get()
                protocol = weakref.ref(write.__self__)
                parser = weakref.ref(write.__self__.conn)
                del write
            async with asyncio.timeout(PATIENCE):
                await host.gone.wait()
            host.may_end.set()
            host.send = None
        assert (protocol(), parser()) == (None, None)
    finally:
        gc.enable()
