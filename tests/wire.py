"""One WebSocket connection to an ASGI application in this process, driven by hand.

It plays the server's part: it hands over what a client would send, keeps what the application
sends, and never answers for it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from realtime import registry
from realtime.tokens import Page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Application = Callable[..., Awaitable[Any]]

PATIENCE = 10.0
HTML = "/app/ws/html"
DATA = "/app/ws/data"
LOBBY = "wire.open.lobby"
MARKER = re.compile(r"<data [^>]*></data>")


class ClosedError(AssertionError):
    """The application closed the connection while the test waited for something else."""


class Wire:
    """A connection. Everything that waits, waits at most `PATIENCE` seconds."""

    def __init__(
        self, application: Application, path: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        path, _, query = path.partition("?")
        all_headers = {"host": "testserver", **(headers or {})}
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in all_headers.items()],
            "subprotocols": [],
            "client": ["127.0.0.1", 50_000],
            "server": ["127.0.0.1", 80],
        }
        self.application = application
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        # Every frame that came, for the test to look back; binary ones as far as they are text.
        self.texts: deque[str] = deque()

    def start(self) -> None:
        """Begin the handshake."""
        self.task = asyncio.create_task(self._run())
        self.incoming.put_nowait({"type": "websocket.connect"})

    async def handshake(self) -> dict[str, Any]:
        """Return the application's answer to the handshake."""
        self.start()
        return await self.event()

    async def event(self) -> dict[str, Any]:
        """Return the next event that the application sends."""
        async with asyncio.timeout(PATIENCE):
            return await self.outgoing.get()

    def send_text(self, text: str) -> None:
        """Let a text frame come in."""
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, data: bytes) -> None:
        """Let a binary frame come in."""
        self.incoming.put_nowait({"type": "websocket.receive", "bytes": data})

    async def text(self) -> str:
        """Return the next text frame; raise `ClosedError` if there is a close instead."""
        return str((await self.frame())["text"])

    async def frame(self) -> dict[str, Any]:
        """Return the next frame of either kind; raise `ClosedError` if there is a close instead."""
        event = await self.event()
        if event["type"] != "websocket.send":
            raise ClosedError(event)
        self.keep(event)
        return event

    async def closed(self) -> int:
        """Wait for the close and for the end of the application; return the close code."""
        while (event := await self.event())["type"] == "websocket.send":
            self.keep(event)
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": event["code"]})
        async with asyncio.timeout(PATIENCE):
            await self.task
        return int(event["code"])

    async def disconnect(self, code: int = 1001) -> None:
        """Go away, and wait for the end of the application."""
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": code})
        async with asyncio.timeout(PATIENCE):
            await self.task

    @property
    def said(self) -> str:
        """Everything that the application sent so far."""
        return "".join(self.texts)

    def keep(self, event: Mapping[str, Any]) -> None:
        """Remember a frame, for `said`."""
        binary = event.get("bytes")
        self.texts.append(event["text"] if binary is None else binary.decode(errors="replace"))

    async def _run(self) -> None:
        await self.application(self.scope, self.incoming.get, self.outgoing.put)


class DataWire(Wire):
    """A client of the Data socket, which speaks JSON."""

    def __init__(
        self, application: Application, path: str = DATA, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(application, path, headers=headers)
        self.objects: deque[dict[str, Any]] = deque()
        self.last_id = 0

    async def connect(self) -> dict[str, Any]:
        """Send the connect command and return its result."""
        reply = await self.call("connect")
        result: dict[str, Any] = reply["connect"]
        return result

    async def call(self, name: str, /, **body: object) -> dict[str, Any]:
        """Send a command and return its reply, which must be the next object."""
        self.ask(name, **body)
        reply = await self.next()
        assert reply.get("id") == self.last_id, reply
        return reply

    def ask(self, name: str, /, **body: object) -> None:
        """Send a command, and do not wait for its reply."""
        self.send(self.numbered(name, **body))

    def numbered(self, name: str, /, **body: object) -> dict[str, Any]:
        """Return a command with the next id."""
        self.last_id += 1
        return {"id": self.last_id, name: body}

    def command(self, name: str, /, **body: object) -> str:
        """Return the JSON text of a command with the next id."""
        return json.dumps(self.numbered(name, **body))

    def send(self, *objects: Mapping[str, Any]) -> None:
        """Send commands, and empty objects for pongs, as one frame."""
        self.send_text("\n".join(json.dumps(each) for each in objects))

    def read(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the objects of a frame that came."""
        return [json.loads(line) for line in event["text"].split("\n")]

    async def next(self) -> dict[str, Any]:
        """Return the next object that the application sends."""
        while not self.objects:
            self.objects.extend(self.read(await self.frame()))
        return self.objects.popleft()

    async def push(self) -> dict[str, Any]:
        """Return the next object, which must be a push."""
        pushed = await self.next()
        assert "push" in pushed, pushed
        push: dict[str, Any] = pushed["push"]
        return push

    async def works(self) -> Self:
        """Assert that this connection still answers."""
        reply = await self.call("rpc", method="wire.echo", data={"text": "still here"})
        assert reply["rpc"] == {"data": {"text": "still here"}}
        return self


class HTMLWire(Wire):
    """A page. What it is sent is fragments, and markers that say where its topics are."""

    async def text(self) -> str:
        """Return the fragments of the next text frame that has any."""
        while not (fragments := MARKER.sub("", await self.whole())):
            pass
        return fragments

    async def whole(self) -> str:
        """Return the next text frame with its markers."""
        return await super().text()

    @property
    def said(self) -> str:
        """All fragments that came so far."""
        return MARKER.sub("", super().said)


@asynccontextmanager
async def opened(wire: Wire) -> AsyncIterator[None]:
    """Accept the handshake, and end the application with the block."""
    assert (await wire.handshake())["type"] == "websocket.accept"
    try:
        yield
    finally:
        if not wire.task.done():
            await wire.disconnect()


# Fixtures that open connections and close them after the test.
OpenData = Callable[..., Awaitable[DataWire]]
OpenHTML = Callable[..., Awaitable[HTMLWire]]
# A fixture that makes the engine anew with other settings.
Configure = Callable[..., registry.Engine]


def disconnect_push(code: int, reason: str) -> dict[str, Any]:
    """Return the push that precedes a close of the Data socket."""
    return {"push": {"disconnect": {"code": code, "reason": reason}}}


def page_of(*topics: str, user: str = "", session: str = "") -> Page:
    """Return a page that follows topics from when it connects."""
    return Page(topics=dict.fromkeys(topics), user=user, session=session)


async def publish(topic: str, data: object) -> None:
    """Publish as a coroutine of an app would."""
    pubsub = registry.engine().pubsub
    await pubsub.apublish(pubsub.draft(topic, data))
