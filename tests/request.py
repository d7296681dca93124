"""One plain HTTP request to an ASGI application in this process, driven by hand.

It plays the server's part, and can be asked for the pieces of an answer that does not end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.wire import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Application = Callable[..., Awaitable[Any]]

SSE = "/connection/sse"
HTTP_STREAM = "/connection/http_stream"
EMULATION = "/emulation"
CONNECT = '{"id":1,"connect":{}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    text: str


class Request:
    """A request. Everything that waits, waits at most `PATIENCE` seconds."""

    def __init__(
        self,
        application: Application,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **scope: object,
    ) -> None:
        path, _, query = path.partition("?")
        all_headers = {"host": "testserver", **(headers or {})}
        self.scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in all_headers.items()],
            "client": ["127.0.0.1", 50_000],
            "server": ["127.0.0.1", 80],
            **scope,
        }
        self.application = application
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.put: Callable[[dict[str, Any]], Awaitable[None]] = self.outgoing.put

    def start(self, *pieces: str | bytes, ends: bool = True) -> None:
        """Begin, with a body in pieces; unless it `ends`, more of it may come."""
        self.task = asyncio.create_task(self._run())
        for index, piece in enumerate(pieces or (b"",), start=1):
            body = piece.encode() if isinstance(piece, str) else piece
            more = index < len(pieces) or not ends
            self.incoming.put_nowait({"type": "http.request", "body": body, "more_body": more})

    async def event(self) -> dict[str, Any]:
        """Return the next event that the application sends."""
        async with asyncio.timeout(PATIENCE):
            return await self.outgoing.get()

    async def begun(self) -> Answer:
        """Return the answer's status and headers."""
        event = await self.event()
        assert event["type"] == "http.response.start"
        headers = {name.decode(): value.decode() for name, value in event["headers"]}
        return Answer(status=event["status"], headers=headers, text="")

    async def piece(self) -> bytes:
        """Return the next piece of the body, which must not be the last one."""
        event = await self.event()
        assert event["more_body"], event
        return bytes(event["body"])

    async def rest(self) -> bytes:
        """Return all of the body that is still to come, and wait for the application's end."""
        body = b""
        more = True
        while more:
            event = await self.event()
            assert event["type"] == "http.response.body"
            body, more = body + event["body"], event.get("more_body", False)
        self.disconnect()
        async with asyncio.timeout(PATIENCE):
            await self.task
        assert self.outgoing.empty()
        return body

    async def answer(self, *pieces: str | bytes) -> Answer:
        """Send the request, and return the whole answer."""
        self.start(*pieces)
        begun = await self.begun()
        return Answer(status=begun.status, headers=begun.headers, text=(await self.rest()).decode())

    def disconnect(self) -> None:
        """Go away."""
        self.incoming.put_nowait({"type": "http.disconnect"})

    async def left(self) -> None:
        """Go away, and wait for the end of the application."""
        self.disconnect()
        async with asyncio.timeout(PATIENCE):
            await self.task

    async def _run(self) -> None:
        await self.application(self.scope, self.incoming.get, self._put)

    async def _put(self, event: dict[str, Any]) -> None:
        await self.put(event)


def sse(application: Application, *commands: str, **headers: str) -> Request:
    """Return a request for server-sent events, with commands in its address."""
    query = urlencode([("cf_connect", command) for command in commands])
    return Request(application, "GET", f"{SSE}?{query}", headers=headers)


def http_stream(application: Application, kind: str = "json", **headers: str) -> Request:
    """Return a request for a stream of `json`, or of another media type."""
    media_type = {"json": "application/json", "protobuf": "application/octet-stream"}
    all_headers = {"content-type": media_type.get(kind, kind), **headers}
    return Request(application, "POST", HTTP_STREAM, headers=all_headers)


def letter(application: Application, kind: str = "application/json", **headers: str) -> Request:
    """Return a request that delivers a frame."""
    return Request(application, "POST", EMULATION, headers={"content-type": kind, **headers})


class Reader:
    """A client that reads a stream of server-sent events, and writes letters."""

    def __init__(self, application: Application, stream: Request) -> None:
        self.application = application
        self.stream = stream
        self.result: dict[str, Any] = {}

    async def connect(self) -> None:
        """Open the stream, and keep the result of the connect command."""
        self.stream.start()
        assert (await self.stream.begun()).status == 200
        [reply] = await self.events()
        self.result = reply["connect"]

    async def events(self) -> list[dict[str, Any]]:
        """Return the events of the next piece of the body."""
        text = (await self.stream.piece()).decode()
        assert text.endswith("\n\n")
        events = text.removesuffix("\n\n").split("\n\n")
        assert all(event.startswith("data: ") and "\n" not in event for event in events), events
        return [json.loads(event.removeprefix("data: ")) for event in events]

    async def write(self, *commands: object, **fields: object) -> Answer:
        """Deliver commands in one frame; `fields` replace those of the letter."""
        data = "\n".join(json.dumps(command) for command in commands)
        where = {name: self.result[name] for name in ("session", "node")}
        text = json.dumps({**where, "data": data, **fields})
        return await letter(self.application).answer(text)

    async def call(self, **command: object) -> dict[str, Any]:
        """Deliver a command and return its reply, which must be the next event."""
        assert (await self.write(command)).status == 204
        [reply] = await self.events()
        return reply


@asynccontextmanager
async def reading(application: Application, **headers: str) -> AsyncIterator[Reader]:
    """Connect a client, and let it go away with the block."""
    reader = Reader(application, sse(application, CONNECT, **headers))
    await reader.connect()
    try:
        yield reader
    finally:
        if not reader.stream.task.done():
            await reader.stream.left()
