"""One connection of a user, whatever it speaks: in, out, and what it is told in between.

The frame handler is the hot path. Everything that is not a message of this run is rare.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from loadtest.ledger import ANSWERED, CUT_OFF, REFUSED
from loadtest.marks import text_of

if TYPE_CHECKING:
    from loadtest.marks import Marks
    from loadtest.tally import Tally
    from loadtest.user import User

NOTHING_SAID = 1006


@dataclass(frozen=True, slots=True)
class Run:
    """What all connections of a test share; `size` is that of a message, in characters."""

    marks: Marks
    tally: Tally
    size: int


class Line(WSListener):
    """A connection, from its handshake to its end, whose close code `ended` tells."""

    def __init__(self, user: User, run: Run) -> None:
        loop = asyncio.get_running_loop()
        self.user = user
        self.run = run
        # Why it does not get in, or an empty text.
        self.ready: asyncio.Future[str] = loop.create_future()
        self.ended: asyncio.Future[int] = loop.create_future()
        self.transport: WSTransport | None = None
        self.is_open = False
        self.code = NOTHING_SAID

    @classmethod
    @abstractmethod
    def address(cls, user: User) -> str:
        """Return where this user connects now."""

    @abstractmethod
    def greet(self) -> None:
        """Say what this kind of client says first."""

    @abstractmethod
    def listen(self, payload: bytes, now: int) -> None:
        """Take a frame that came at this microsecond."""

    @abstractmethod
    def said(self, number: int, cid: str, text: str) -> bytes:
        """Return the frame that says something in the user's room."""

    def say(self, number: int, due: int) -> None:
        """Send message `number`, which was due at this microsecond."""
        self.user.pending[number] = None
        cid, text = self.run.marks.mark(number, due), text_of(number, self.run.size)
        self.send(self.said(number, cid, text))
        self.run.tally.behind.add(microseconds() - due)

    def send(self, payload: bytes) -> None:
        """Send a text frame."""
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, payload)

    def enter(self) -> None:
        """Be in, and follow the room."""
        if not self.ready.done():
            self.is_open = self.user.entered = True
            self.run.tally.enter()
            self.ready.set_result("")

    def refuse(self, sentence: str) -> None:
        """Be told that one does not get in."""
        if not self.ready.done():
            self.ready.set_result(sentence)

    def arrive(self, found: list[tuple[bytes, bytes]], now: int) -> None:
        """Take messages as they are published."""
        user, tally = self.user, self.run.tally
        arrive = tally.ledger.arrive
        for digits, due in found:
            number = int(digits)
            if arrive(number, user.room, user.seen):
                tally.wait(now - int(due))

    def recover(self, found: list[tuple[bytes, bytes]]) -> None:
        """Take messages that were missed: how old they are says nothing of the server."""
        user, tally = self.user, self.run.tally
        for digits, _ in found:
            tally.recovered += tally.ledger.arrive(int(digits), user.room, user.seen)

    def answer(self, number: int, refusal: str = "") -> None:
        """Take the answer to one of the user's messages."""
        if number in self.user.pending:
            del self.user.pending[number]
            self.run.tally.ledger.settle(number, REFUSED if refusal else ANSWERED)
        if refusal:
            self.run.tally.fail(f"refused: {refusal}")

    def cut(self) -> None:
        """End the connection without a word, as a lost network does."""
        if self.transport is not None:
            self.user.was_cut = True
            self.transport.disconnect(graceful=False)

    def leave(self) -> None:
        """Say goodbye."""
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.send_close()
            self.transport.disconnect()

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is over."""
        self.transport = transport
        self.greet()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame has come."""
        payload = frame.get_payload_as_bytes()
        if frame.msg_type is WSMsgType.TEXT:
            self.listen(payload, microseconds())
        elif frame.msg_type is WSMsgType.CLOSE:
            self.code = int.from_bytes(payload[:2], "big") or self.code
            transport.send_close()
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone; what has no answer will have none."""
        self.refuse(f"closed by the server with {self.code} before it was in")
        if self.is_open:
            self.run.tally.leave()
        self.is_open = False
        for number in self.user.pending:
            self.run.tally.ledger.settle(number, CUT_OFF)
        self.user.pending.clear()
        if not self.ended.done():
            self.ended.set_result(self.code)


def microseconds() -> int:
    """Return the time on this process's clock."""
    return int(perf_counter() * 1e6)
