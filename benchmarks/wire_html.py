"""A page's conversation: its token is in its address, and then it only listens.

The messages are the same 128 bytes, and their markers are in the fragments that show them. Who
publishes is a program, on the Data socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from benchmarks.wire import JSON, Protocol

if TYPE_CHECKING:
    from picows import WSMsgType

_ENTERED = b" data-goby-entered"


@dataclass(frozen=True, slots=True)
class PageSpeech:
    """How to follow as a page, and publish as a program."""

    protocol: ClassVar[Protocol] = "html"
    subprotocol: ClassVar[str] = ""
    kind: ClassVar[WSMsgType] = JSON.kind
    ping: ClassVar[bytes] = JSON.ping  # for the program; pages are not pinged, nor hold this
    pong: ClassVar[bytes] = JSON.pong
    publisher_path: ClassVar[str] = JSON.publisher_path
    greets: ClassVar[bool] = True

    token: str

    @property
    def subscriber_path(self) -> str:
        """The HTML socket's address for a page with this token."""
        return f"/app/ws/html?{urlencode({'token': self.token})}"

    def greeting(self, *, subscribe: bool) -> bytes:
        """Nothing for a page: the server begins."""
        return b"" if subscribe else JSON.greeting(subscribe=False)

    def publication(self, sequence: int, size: int) -> bytes:
        """The frame that asks the server to publish message number `sequence`."""
        return JSON.publication(sequence, size)

    def greeted(self, payload: bytes, *, subscribe: bool) -> bool:
        """Whether this frame ends the greeting; anything else that a page is told is an error."""
        if not subscribe:
            return JSON.greeted(payload, subscribe=False)
        if _ENTERED not in payload:
            raise ConnectionError(f"The server refused the page: {payload.decode()}")
        return True

    def refused(self, payload: bytes) -> bool:
        """Whether one of the replies to the program is an error."""
        return JSON.refused(payload)

    def holds_ping(self, payload: bytes) -> bool:
        """Whether one of the joined objects is the server's ping to the program."""
        return JSON.holds_ping(payload)
