"""The load's connections: subscribers that count, one publisher, and one that stops to read."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSParsedURL, WSTransport, ws_connect

from benchmarks.wire import DIGITS, MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.speeches import AnySpeech
    from benchmarks.tally import Tally

_CONNECT_TIMEOUT = 30.0
_SMALL_BUFFER = 4096
_SMALL_SEGMENT = 536
_SKIP, _STOP = len(MARKER), len(MARKER) + DIGITS


class Client(WSListener):
    """One connection: greets, answers pings, knows how it was closed."""

    def __init__(self, speech: AnySpeech, *, subscribe: bool) -> None:
        self.speech = speech
        self.subscribe = subscribe
        self.transport: WSTransport | None = None
        self.ready: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if not self.speech.greets:
            self.ready.set_result(perf_counter())
        elif greeting := self.greeting():
            transport.send(self.speech.kind, greeting)

    def greeting(self) -> bytes:
        """What it says first, where a client has to say something."""
        return self.speech.greeting(subscribe=self.subscribe)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.aside(transport, frame, frame.get_payload_as_bytes())

    def aside(self, transport: WSTransport, frame: WSFrame, payload: bytes) -> None:
        """Everything that is not a message: replies, pings, the close."""
        if frame.msg_type is WSMsgType.CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big")
            transport.send_close()
            transport.disconnect()
        elif self.speech.greets:
            if self.speech.holds_ping(payload):
                transport.send(self.speech.kind, self.speech.pong)
            self._listen(payload)

    def _listen(self, payload: bytes) -> None:
        if self.ready.done():
            return
        try:
            if self.speech.greeted(payload, subscribe=self.subscribe):
                self.ready.set_result(perf_counter())
        except ConnectionError as refused:
            self.ready.set_exception(refused)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("The server closed before it had answered."))


class Subscriber(Client):
    """Counts messages; its frame handler is the load's hot path."""

    def __init__(self, speech: AnySpeech, tally: Tally, *, sampled: bool) -> None:
        super().__init__(speech, subscribe=True)
        self.tally = tally
        self.sampled = sampled
        self.ping = speech.ping
        self.newest = 0
        # One byte is found faster than two, but binary messages may hold it anywhere.
        self.sign = MARKER[:1] if speech.kind is WSMsgType.TEXT else MARKER

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        # What a replacement changes in length is counted, three times as fast as `count` counts.
        size, found = len(payload), payload.rfind(MARKER)
        messages = (size - len(payload.replace(self.sign, b""))) // _SKIP
        lines = len(payload.replace(b"\n", b"\n\n")) - size + 1
        # A line for each message and no other: to look for a ping in it would take longer.
        if messages != lines and (found < 0 or self.ping in payload):
            self.aside(transport, frame, payload)
            if found < 0:
                return
        newest = int(payload[found + _SKIP : found + _STOP])
        previous, self.newest = self.newest, newest
        tally = self.tally
        tally.delivered += messages
        tally.frames += 1
        tally.bytes += size
        if self.sampled:
            tally.sample(previous, newest)
        at = tally.at
        at[newest] += 1
        at[previous] -= 1
        if previous == tally.floor and not at[previous]:
            tally.rise()

    def stall(self) -> None:
        """Stop reading for good; the kernel's buffers fill, then the server's."""
        if self.transport is not None:
            self.transport.underlying_transport.pause_reading()


class Publisher(Client):
    """Publishes numbered messages and stops the load when the server refuses one."""

    def __init__(self, speech: AnySpeech, tally: Tally, size: int) -> None:
        super().__init__(speech, subscribe=False)
        self.tally = tally
        self.size = size
        self.refusal: str = ""

    def publish(self) -> None:
        """Send the next message as a frame of its own."""
        if self.transport is None:
            raise ConnectionError("The publisher has no connection.")
        sequence = self.tally.publishing()
        self.transport.send(self.speech.kind, self.speech.publication(sequence, self.size))

    def aside(self, transport: WSTransport, frame: WSFrame, payload: bytes) -> None:
        super().aside(transport, frame, payload)
        if self.close_code is not None or self.speech.refused(payload):
            self.refusal = self.refusal or f"The server refused a message: {payload!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where and as whom the load connects."""

    port: int
    cookie: str = ""

    def headers(self, subprotocol: str = "") -> list[tuple[str, str]]:
        """The headers that a browser of the same site sends."""
        origin = f"http://127.0.0.1:{self.port}"
        named = {"Origin": origin, "Cookie": self.cookie, "Sec-WebSocket-Protocol": subprotocol}
        return [(name, value) for name, value in named.items() if value]


AnyClient = TypeVar("AnyClient", bound=Client)


async def connect(
    door: Door, client: AnyClient, *, buffer: int = 16384, small_window: bool = False
) -> AnyClient:
    """Open one connection and wait until the server has answered the greeting."""
    speech = client.speech
    path = speech.subscriber_path if client.subscribe else speech.publisher_path
    await ws_connect(
        lambda: client,
        f"ws://127.0.0.1:{door.port}{path}",
        extra_headers=door.headers(speech.subprotocol),
        websocket_handshake_timeout=_CONNECT_TIMEOUT,
        read_buffer_init_size=buffer,
        socket_factory=_narrow_socket if small_window else None,
    )
    await asyncio.wait_for(client.ready, _CONNECT_TIMEOUT)
    return client


async def connect_all(
    door: Door,
    makers: Sequence[Callable[[], AnyClient]],
    *,
    at_once: int = 50,
    buffer: int = 16384,
) -> list[AnyClient]:
    """Open as many connections as there are makers, `at_once` at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(maker: Callable[[], AnyClient]) -> AnyClient:
        async with gate:
            return await connect(door, maker(), buffer=buffer)

    return list(await asyncio.gather(*map(one, makers)))


async def leave(clients: Sequence[Client]) -> None:
    """Close the connections and wait until they are gone."""
    for client in clients:
        if client.transport is not None:
            client.transport.send_close(WSCloseCode.OK)  # the default is no code for the wire
            client.transport.disconnect(graceful=True)
    await asyncio.sleep(0)


def _narrow_socket(_url: WSParsedURL) -> socket.socket:
    """A socket of a slow network: small window and segments, so that the kernel buffers little."""
    narrow = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    narrow.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SMALL_SEGMENT)
    narrow.settimeout(0)
    return narrow
