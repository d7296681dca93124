"""A user's connection without a network: the test plays the server, and sees what was sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from picows import WSMsgType

from loadtest.ledger import Ledger
from loadtest.line import Line, Run
from loadtest.marks import Marks
from loadtest.tally import Tally
from loadtest.user import Seat, User

if TYPE_CHECKING:
    from picows import WSTransport


class Transport:
    """Keeps what is sent, and how it ends."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.ends: list[str] = []
        self.is_disconnected = False

    def send(self, kind: WSMsgType, payload: bytes) -> None:
        assert kind is WSMsgType.TEXT
        self.frames.append(payload)

    def send_close(self) -> None:
        self.ends.append("close")

    def disconnect(self, *, graceful: bool = True) -> None:
        self.ends.append("disconnect" if graceful else "abort")


class Call:
    """One user in a room with a follower, over connections of one kind."""

    def __init__(self, kind: type[Line], url: str = "ws://site/app/ws/html?token=t") -> None:
        self.kind = kind
        self.marks = Marks("run")
        self.tally = Tally(Ledger(("lobby",)))
        self.tally.ledger.rooms[0].followers = 1
        self.run = Run(self.marks, self.tally, 40)
        self.user = User(0, "lobby", Seat(url))

    def connect(self) -> Line:
        """Return a new connection after its handshake."""
        self.transport = Transport()
        self.user.line = line = self.kind(self.user, self.run)
        line.on_ws_connected(cast("WSTransport", self.transport))
        return line

    def say(self, due: int = 0) -> int:
        """Let the user say something, and return the message's number."""
        assert self.user.line is not None
        number = self.tally.ledger.send(0)
        self.user.line.say(number, due)
        return number

    def hang_up(self) -> None:
        """Let the connection be gone."""
        assert self.user.line is not None
        self.user.line.on_ws_disconnected(cast("WSTransport", self.transport))

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The objects of all frames that were sent."""
        return [json.loads(line) for frame in self.transport.frames for line in frame.split(b"\n")]
