"""One plain HTTP request and its answer: what the stand-ins for a WebSocket have in common.

They are raw ASGI and no views of Django, so that each `send` waits for a peer that does not read.
Who may ask is checked as for a WebSocket. Other sites' pages may read the answers only where
`ALLOWED_ORIGINS` has them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime import registry
from realtime.consumers.handshake import refusal

if TYPE_CHECKING:
    from realtime.registry import Engine

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

FOREIGN = "This address is not for other sites. Add yours to ALLOWED_ORIGINS or ALLOWED_HOSTS."
PREFLIGHT_MAX_AGE = b"600"  # seconds


class RefusedError(Exception):
    """A request that is answered with a status and a sentence, and nothing else."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class GoneError(Exception):
    """The peer went away before all of its request had come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request, and the way back to who sent it."""

    engine: Engine
    scope: dict[str, Any]
    receive: Receive
    send: Send

    def header(self, name: bytes) -> str:
        """Return a header of the request, empty if it is missing."""
        return str(dict(self.scope["headers"]).get(name, b"").decode("latin-1"))

    @property
    def media_type(self) -> str:
        """What the request's body says it is, without parameters."""
        return self.header(b"content-type").partition(";")[0].strip().lower()

    async def body(self, *, limit: int) -> bytes:
        """Return the request's body; refuse one that is over `limit` bytes, or slow to come."""
        patience = self.engine.settings.connect_timeout
        try:
            async with asyncio.timeout(patience):
                return await self._read(limit)
        except TimeoutError:
            sentence = f"The request did not come within {patience:g} seconds. Send it again."
            raise RefusedError(408, sentence) from None

    async def _read(self, limit: int) -> bytes:
        body = bytearray()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise GoneError
            body += message.get("body", b"")
            if len(body) > limit:
                raise RefusedError(413, f"A request has at most {limit} bytes here. Send less.")
            if not message.get("more_body", False):
                return bytes(body)

    async def start(self, status: int, headers: Headers) -> None:
        """Begin the answer. What it says is for this peer, now, and of the type it says."""
        common = [(b"cache-control", b"no-store, no-transform")]
        common.append((b"x-content-type-options", b"nosniff"))
        if status == 408:  # the rest of that request would be taken for the next one
            common.append((b"connection", b"close"))
        all_headers = [*headers, *common, *self._sharing()]
        await self.send({"type": "http.response.start", "status": status, "headers": all_headers})

    async def answer(self, status: int, sentence: str = "", headers: Headers | None = None) -> None:
        """Answer with a status and a sentence, or with an empty body."""
        described = [(b"content-type", b"text/plain; charset=utf-8")] if sentence else []
        await self.start(status, [*described, *(headers or [])])
        await self.send({"type": "http.response.body", "body": sentence.encode()})

    def _sharing(self) -> Headers:
        shared: Headers = [(b"vary", b"origin")]
        origin = self.header(b"origin")
        if origin in self.engine.settings.allowed_origins:
            shared.append((b"access-control-allow-origin", origin.encode("latin-1")))
            shared.append((b"access-control-allow-credentials", b"true"))
        return shared


class Endpoint:
    """An address that takes requests of one `method`, and hands those that are let in over."""

    def __init__(self, handle: Callable[[Exchange], Awaitable[None]], *, method: str) -> None:
        self._handle = handle
        self._method = method

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        engine = await registry.attach()
        exchange = Exchange(engine=engine, scope=scope, receive=receive, send=send)
        reason = refusal(scope, engine.settings)
        if reason:
            engine.instrumentation.reject("data", reason)
            await exchange.answer(403, FOREIGN)
        elif scope["method"] == "OPTIONS":
            await exchange.answer(204, headers=self._preflight())
        else:
            await self._hand_over(exchange)

    async def _hand_over(self, exchange: Exchange) -> None:
        try:
            if exchange.scope["method"] != self._method:
                raise RefusedError(405, f"This address takes {self._method} alone.")
            await self._handle(exchange)
        except RefusedError as refused:
            exchange.engine.instrumentation.refuse("data", refused.status)
            headers = [self._allow] if refused.status == 405 else []
            await exchange.answer(refused.status, refused.sentence, headers)
        except GoneError:
            return

    @property
    def _allow(self) -> tuple[bytes, bytes]:
        return (b"allow", f"{self._method}, OPTIONS".encode())

    def _preflight(self) -> Headers:
        return [
            self._allow,
            (b"access-control-allow-methods", self._method.encode()),
            (b"access-control-allow-headers", b"content-type"),
            (b"access-control-max-age", PREFLIGHT_MAX_AGE),
        ]
