"""The ceiling: a hub with nothing in it but sending.

No protocol, no offsets, no permission: what comes from a publisher gathers until the event
loop's next turn and leaves as one joined frame per subscriber. How far a server is from this row
is what its features cost; how far this row is from the network is what Python and the server cost.
"""

from __future__ import annotations

import asyncio

from benchmarks.apps.stats import Message, Receive, Scope, Send, with_stats

_JOIN = "\n"


class BareHub:
    """A list of send callables and the messages that wait for the next turn."""

    def __init__(self) -> None:
        self.sends: dict[int, Send] = {}
        self.waiting: list[str] = []
        self.flushing: asyncio.Task[None] | None = None

    def publish(self, text: str) -> None:
        """Keep the message for the flush of the loop's next turn."""
        self.waiting.append(text)
        if self.flushing is None:
            self.flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self.waiting:
                frame: Message = {"type": "websocket.send", "text": _JOIN.join(self.waiting)}
                self.waiting = []
                for send in list(self.sends.values()):
                    await send(frame)
        finally:
            self.flushing = None


hub = BareHub()


async def _socket(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    if "subscribe" in scope["path"]:
        hub.sends[id(send)] = send
    try:
        while (message := await receive())["type"] == "websocket.receive":
            hub.publish(message["text"])
    finally:
        hub.sends.pop(id(send), None)


application = with_stats(_socket, lambda: {"connections": len(hub.sends)})
