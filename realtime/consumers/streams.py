"""The Data socket without WebSockets, for networks that break them: a response that never ends.

To the application a stream is a WebSocket like any other: it gets the same scope, the same events
and the same user, so everything that holds there holds here. Only the two ends are different:
what the application sends becomes the body of a response, and what it receives was posted to
`emulation`. `send` is the server's own, so its backpressure reaches the flusher.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson

from realtime.consumers.emulation import JSON, MEDIA_TYPES, PROTOBUF
from realtime.consumers.exchange import Exchange, RefusedError
from realtime.consumers.handshake import TRY_AGAIN_LATER
from realtime.sessions import size_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime.sessions import Session

# Where the application has the Data socket.
DATA_SOCKET = "/connection/websocket"
# What of the request's scope holds for the WebSocket as well.
KEPT = ("asgi", "http_version", "root_path", "headers", "client", "server", "state")

NO_STATUS = 1005


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How frames stand in the body of a response."""

    content_type: bytes
    write: Callable[[Any], bytes]
    subprotocols: tuple[str, ...] = ()


def _as_events(text: str) -> bytes:
    return b"data: %b\n\n" % text.encode().replace(b"\n", b"\n\ndata: ")


def _as_lines(text: str) -> bytes:
    return b"%b\n" % text.encode()


EVENTS = Form(content_type=b"text/event-stream", write=_as_events)
LINES = Form(content_type=b"application/x-ndjson", write=_as_lines)
# Each message is preceded by its length, so they can stand one after the other.
BINARY = Form(content_type=PROTOBUF.encode(), write=bytes, subprotocols=("centrifuge-protobuf",))


class Streams:
    """The two kinds of streams of an application that serves WebSockets."""

    def __init__(self, sockets: Callable[..., Awaitable[Any]]) -> None:
        self._sockets = sockets

    async def sse(self, exchange: Exchange) -> None:
        """Answer with server-sent events. The connect command stands in the address."""
        await self._serve(exchange, EVENTS, _connect_command(exchange))

    async def http_stream(self, exchange: Exchange) -> None:
        """Answer with lines of JSON, or with Protobuf. The first frame is the body."""
        limit = exchange.engine.settings.message_max_size
        if exchange.media_type not in {JSON, PROTOBUF}:
            raise RefusedError(415, MEDIA_TYPES)
        body = await exchange.body(limit=limit)
        if exchange.media_type == PROTOBUF:
            await self._serve(exchange, BINARY, body)
            return
        try:
            frame = body.decode()
        except UnicodeDecodeError:
            raise RefusedError(400, "The body is not UTF-8. Send JSON.") from None
        await self._serve(exchange, LINES, frame)

    async def _serve(self, exchange: Exchange, form: Form, first: str | bytes) -> None:
        with exchange.engine.sessions.opened() as session:
            session.offer(first)
            await _Stream(exchange, form, session).serve(self._sockets)


class _Stream:
    """One response, and the WebSocket that the application takes it for."""

    def __init__(self, exchange: Exchange, form: Form, session: Session) -> None:
        self._exchange = exchange
        self._form = form
        self._session = session
        self._open = False

    async def serve(self, sockets: Callable[..., Awaitable[Any]]) -> None:
        watcher = asyncio.create_task(self._watch(), name="realtime-stream")
        try:
            await sockets(self._scope(), self._session.receive, self._send)
        finally:
            watcher.cancel()
        if self._open:  # the server stops
            patience = self._exchange.engine.settings.send_timeout
            with suppress(TimeoutError):
                await asyncio.wait_for(self._write(b"", more=False), patience)

    async def _watch(self) -> None:
        """Tell the application when the peer goes away. What else the peer may send is dropped."""
        while (await self._exchange.receive())["type"] != "http.disconnect":
            pass
        self._session.end(NO_STATUS)

    def _scope(self) -> dict[str, Any]:
        request = self._exchange.scope
        path = request.get("root_path", "") + DATA_SOCKET
        return {
            **{name: request[name] for name in KEPT if name in request},
            "type": "websocket",
            "scheme": "wss" if request.get("scheme") == "https" else "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "subprotocols": list(self._form.subprotocols),
            "realtime.session": self._session.id,
        }

    async def _send(self, event: dict[str, Any]) -> None:
        """Send what an application sends to a WebSocket."""
        if event["type"] == "websocket.send":
            frame = event.get("text")
            await self._write(self._form.write(event["bytes"] if frame is None else frame))
        elif event["type"] == "websocket.accept":
            self._open = True
            headers = [(b"content-type", self._form.content_type), (b"x-accel-buffering", b"no")]
            await self._exchange.start(200, headers)
        elif self._open:
            await self._write(b"", more=False)
        elif event.get("code") == TRY_AGAIN_LATER:
            await self._exchange.answer(503, "There is no place for you now. Try again later.")
        else:
            await self._exchange.answer(403, "This site does not let you in.")

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        message = {"type": "http.response.body", "body": body, "more_body": more}
        self._open = False  # for as long as the peer does not read
        await self._exchange.send(message)
        self._open = more


def _connect_command(exchange: Exchange) -> str:
    """Return the one command that may stand in an address.

    Another site can make a browser open an address, with its cookies: it must change nothing.
    """
    limit = exchange.engine.settings.message_max_size
    query = exchange.scope["query_string"].decode("latin-1")
    try:
        text: str
        [text] = parse_qs(query, errors="strict")["cf_connect"]
        command: Any = orjson.loads(text)
    except (KeyError, ValueError):
        raise _no_connect_command() from None
    if size_of(text) > limit:
        raise RefusedError(413, f"A command has at most {limit} bytes. Send less.")
    if not isinstance(command, dict) or not {"connect"} <= command.keys() <= {"connect", "id"}:
        raise _no_connect_command()
    return text


def _no_connect_command() -> RefusedError:
    return RefusedError(400, "Send one connect command as cf_connect, and nothing else there.")
