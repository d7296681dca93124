"""`python -m benchmarks.rpc_cost JSON`: the cost of a command, without a server or a network.

A client of the Data socket is connected by hand to the project's own consumer. Its commands are
handed over frame by frame, as the server would, and the time until the replies lie in the outbox is
taken. What happens to them there, the flusher and the socket, is what the fan-out measures.
"""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

import django

from benchmarks.speeches import SPEECH
from benchmarks.wire import JSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.speeches import ProgramSpeech
    from realtime import Client
    from realtime.consumers import DataConsumer

_ACTION = "bench.nothing"
_PATIENCE = 10.0


class Line:
    """A connection to a consumer in this process; the outbox holds what it answers."""

    def __init__(self, consumer: DataConsumer, speech: ProgramSpeech) -> None:
        self.consumer = consumer
        self.speech = speech
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def open(self) -> None:
        """Shake hands, connect, and let nothing more leave the outbox."""
        from realtime.auth import SessionAuth  # needs Django's settings

        site = SessionAuth(self.consumer)
        self.task = asyncio.create_task(site(_scope(self.speech), self.incoming.get, self.send))
        self.incoming.put_nowait({"type": "websocket.connect"})
        await self._told("websocket.accept")
        greeting = self.speech.greeting(subscribe=False)
        self.incoming.put_nowait({"type": "websocket.receive", **_frame_of(greeting, self.speech)})
        await self._told("websocket.send")
        self.consumer.connection.outbox.hold()

    async def send(self, message: dict[str, Any]) -> None:
        """Take what the application sends."""
        self.outgoing.put_nowait(message)

    async def measure(self, frames: Sequence[str | bytes]) -> float:
        """Seconds for the commands of these frames, from the frame to the reply in the outbox."""
        received, outbox = self.consumer.received, self.consumer.connection.outbox
        began = perf_counter()
        for frame in frames:
            await received(frame)
        seconds = perf_counter() - began
        replies = outbox.take(len(frames) + 1)
        if len(replies) != len(frames) or self.consumer.engine.instrumentation.errors:
            raise RuntimeError(f"{len(frames)} commands had {len(replies)} replies.")
        return seconds

    async def close(self) -> None:
        """Go away."""
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, _PATIENCE)

    async def _told(self, kind: str) -> None:
        message = await asyncio.wait_for(self.outgoing.get(), _PATIENCE)
        if message["type"] != kind:
            raise RuntimeError(f"Instead of {kind} the application sent {message}.")


def _scope(speech: ProgramSpeech) -> dict[str, Any]:
    return {
        "type": "websocket",
        "path": speech.subscriber_path,
        "raw_path": speech.subscriber_path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "subprotocols": [speech.subprotocol] if speech.subprotocol else [],
        "client": ["127.0.0.1", 50_000],
        "server": ["127.0.0.1", 80],
    }


def _frame_of(raw: bytes, speech: ProgramSpeech) -> dict[str, str | bytes]:
    return {"text": raw.decode()} if speech is JSON else {"bytes": raw}


def _frames(speech: ProgramSpeech, first: int, count: int) -> list[str | bytes]:
    calls = [speech.call(number, _ACTION) for number in range(first, first + count)]
    return [frame for raw in calls for frame in _frame_of(raw, speech).values()]


async def measure(speech: ProgramSpeech, commands: int, rounds: int) -> list[float]:
    """Microseconds for one command, of each round; one round before them warms up."""
    from realtime.consumers import DataConsumer

    line = Line(DataConsumer(), speech)
    await line.open()
    batches = [_frames(speech, 2 + turn * commands, commands) for turn in range(rounds + 1)]
    seconds = [await line.measure(frames) for frames in batches]
    await line.close()
    return [each / commands * 1_000_000 for each in seconds[1:]]


def main() -> None:
    """Measure what the argument asks for; print one line of JSON."""
    wanted = json.loads(sys.argv[1])
    django.setup()
    from realtime import action

    @action(_ACTION, allow="anyone")
    async def nothing(client: Client) -> None:
        """Do nothing."""

    speech = SPEECH[wanted["protocol"]]
    us = asyncio.run(measure(speech, wanted["commands"], wanted["rounds"]))
    sys.stdout.write(json.dumps({"us": us}) + "\n")


if __name__ == "__main__":
    main()
