"""Who hears something however often it comes, unlike the subscribers of a tally; and CPU time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.clients import Client
from benchmarks.machine import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from picows import WSFrame, WSTransport

    from benchmarks.speeches import AnySpeech


@dataclass(slots=True)
class Heard:
    """What all listeners heard together."""

    words: int = 0
    frames: int = 0
    bytes: int = 0


class Listener(Client):
    """Counts a word, until it hears the last one."""

    def __init__(self, speech: AnySpeech, heard: Heard, *, word: bytes, last: bytes) -> None:
        super().__init__(speech, subscribe=True)
        self.heard = heard
        self.word = word
        self.last = last
        self.done = asyncio.Event()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        words = payload.count(self.word)
        if words:
            self.heard.words += words
            self.heard.frames += 1
            self.heard.bytes += len(payload)
            if self.last in payload:
                self.done.set()
        self.aside(transport, frame, payload)


async def until_all_heard(listeners: Iterable[Listener], patience: float) -> None:
    """Wait until each has heard the last word; raise `ConnectionError` if somebody never does."""
    try:
        async with asyncio.timeout(patience):
            for listener in listeners:
                await listener.done.wait()
    except TimeoutError:
        raise ConnectionError(f"Not all was heard within {patience:.0f} s.") from None


def cpu_microseconds(pids: Iterable[int]) -> float:
    """Return the CPU time of the server's processes since their start."""
    return sum(map(cpu_seconds, pids)) * 1_000_000
