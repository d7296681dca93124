"""A program's connection: the Data socket's JSON, as the SDKs speak it, with recovery."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from loadtest.line import Line

if TYPE_CHECKING:
    from loadtest.user import User

_CONNECT, _SUBSCRIBE, _FIRST_MESSAGE = 1, 2, 3
_PUSH, _PING = b'{"push"', b"{}"
_UNSUBSCRIBED = b'"unsubscribe":{'
_offsets = re.compile(rb'"offset":(\d+)').findall


class DataLine(Line):
    """Connects, subscribes to its room, and says things by the RPC `chat.send`."""

    @classmethod
    def address(cls, user: User) -> str:
        """Return the Data socket's address, the same for everybody."""
        return user.seat.url

    def greet(self) -> None:
        """Connect and subscribe in one frame; who was there before, from where that was."""
        user = self.user
        subscribe: dict[str, Any] = {"channel": f"chat.room.{user.slug}"}
        if user.epoch:
            subscribe |= {"recover": True, "offset": position_of(user), "epoch": user.epoch}
        commands = (
            {"id": _CONNECT, "connect": {"token": user.seat.token} if user.seat.token else {}},
            {"id": _SUBSCRIBE, "subscribe": subscribe},
        )
        self.send("\n".join(json.dumps(command) for command in commands).encode())

    def said(self, number: int, cid: str, text: str) -> bytes:
        """Return the RPC, whose id tells the message."""
        data = {"room": self.user.slug, "text": text, "cid": cid}
        command = {"id": _FIRST_MESSAGE + number, "rpc": {"method": "chat.send", "data": data}}
        return json.dumps(command).encode()

    def listen(self, payload: bytes, now: int) -> None:
        """Take a batch, one object a line."""
        for line in payload.split(b"\n"):
            if line.startswith(_PUSH):
                found = self.run.marks.find(line)
                if found:
                    self.user.newest = line
                    self.arrive(found, now)
                elif _UNSUBSCRIBED in line:
                    self.run.tally.fail("unsubscribed by the server")
                    self.leave()
            elif line == _PING:
                self.send(_PING)
            else:
                self._reply(json.loads(line), line)

    def _reply(self, reply: dict[str, Any], line: bytes) -> None:
        number = reply["id"] - _FIRST_MESSAGE
        error = reply.get("error")
        refusal = f"{error.get('code')} {error.get('message')}" if error else ""
        if number >= 0:
            self.answer(number, refusal)
        elif refusal:
            self.refuse(f"refused: {refusal}")
        elif "subscribe" in reply:
            self._subscribed(reply["subscribe"], line)

    def _subscribed(self, result: dict[str, Any], line: bytes) -> None:
        self.recover(self.run.marks.find(line))
        if result.get("was_recovering") and not result.get("recovered"):
            self.run.tally.resyncs += 1
        missed = result.get("publications") or [result]
        self.user.epoch = result.get("epoch", "")
        self.user.offset = missed[-1].get("offset", 0)
        self.user.newest = b""
        self.enter()


def position_of(user: User) -> int:
    """Return the offset of the last publication that a user has had."""
    found = _offsets(user.newest)
    return int(found[-1]) if found else user.offset
