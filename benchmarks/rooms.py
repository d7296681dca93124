"""Many small rooms, each with its own conversation: what a chat is, and a fan-out is not.

Members follow their room and speak in it, in turns and at a steady rate however the server fares.
Every arrival is a sample. Each member has every message of its room, and what one person said once
and in order, or that is counted; between people there is no order, for each has a connection.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.clients import Client, Door, connect_all, leave
from benchmarks.phases import Stage
from benchmarks.speeches import room_speech
from benchmarks.tally import Tally
from benchmarks.wire import DIGITS, MARKER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picows import WSFrame, WSTransport

    from benchmarks.job import Job
    from benchmarks.speeches import AnySpeech

_GENTLE = 0.1  # of the rate: who cannot hold it shall begin without a backlog
_SKIP, _STOP = len(MARKER), len(MARKER) + DIGITS


class RoomTally(Tally):
    """Each message is for one room alone, and complete when that many have it.

    `people` speak in turn, so a message's number tells whose it is.
    """

    __slots__ = ("left", "people", "unordered")

    def __init__(self, members: int, people: int) -> None:
        super().__init__(members)
        self.people = people
        self.left = [0]  # of each message: for how many it is still on its way
        self.unordered = 0

    def publishing(self) -> int:
        """Note that the next message leaves now, and give it its number."""
        self.left.append(self.subscribers)
        return super().publishing()

    def arrive(self, number: int, now: float) -> None:
        """Note that one member has a message."""
        took = now - self.published_at[number]
        self.samples.append(took)
        self.delivered += 1
        self.left[number] -= 1
        if not self.left[number]:
            self.complete.append(took)
            if self.delivered == self.wanted:
                self.settled.set()


class Member(Client):
    """Follows one room and speaks in it."""

    def __init__(self, speech: AnySpeech, tally: RoomTally, size: int) -> None:
        super().__init__(speech, subscribe=True)
        self.tally = tally
        self.size = size
        self.ping = speech.ping
        self.newest: dict[int, int] = {}  # of each who speaks
        self.refusal = ""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        found = payload.find(MARKER)
        if found < 0 or self.ping in payload:
            self.aside(transport, frame, payload)
        if found >= 0:
            self.tally.frames += 1
        now = perf_counter()
        while found >= 0:
            number = int(payload[found + _SKIP : found + _STOP])
            speaker = number % self.tally.people
            self.tally.unordered += number <= self.newest.get(speaker, 0)
            self.newest[speaker] = number
            self.tally.arrive(number, now)
            found = payload.find(MARKER, found + _STOP)

    def aside(self, transport: WSTransport, frame: WSFrame, payload: bytes) -> None:
        super().aside(transport, frame, payload)
        if self.close_code is not None or self.speech.refused(payload):
            self.refusal = self.refusal or f"The server refused a member: {payload!r}"

    def speak(self) -> None:
        """Say the next message in the room."""
        if self.transport is None:
            raise ConnectionError("The member has no connection.")
        number = self.tally.publishing()
        self.transport.send(self.speech.kind, self.speech.publication(number, self.size))


class Conversations:
    """All rooms: one after the other somebody speaks, in each room everybody in turn."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members  # of the first room, the second ... and of the first again
        self.turn = 0

    @property
    def refusal(self) -> str:
        """What the server said when it refused a message or closed a connection."""
        return next((each.refusal for each in self.members if each.refusal), "")

    def publish(self) -> None:
        """Let the next member speak."""
        self.members[self.turn % len(self.members)].speak()
        self.turn += 1


async def measure_rooms(job: Job) -> dict[str, Any]:
    """Everybody enters; then so many messages a second in each room."""
    tally = RoomTally(job.subscribers // job.rooms, job.subscribers)
    makers = [
        partial(Member, room_speech(job.protocol, index % job.rooms), tally, job.size)
        for index in range(job.subscribers)
    ]
    began = perf_counter()
    members = await connect_all(Door(port=job.port), makers)
    seconds = perf_counter() - began
    stage = Stage(tally, Conversations(members), job.pids, patience=job.patience)
    rate = job.rate * job.rooms
    await stage.paced(name="warm-up", rate=rate * _GENTLE, seconds=job.warmup)
    window = await stage.paced(name="rooms", rate=rate, seconds=job.seconds)
    await leave(members)
    return {
        "windows": [asdict(window)],
        "published": tally.published,
        "members": tally.subscribers,
        "unordered": tally.unordered,
        "connect_s": seconds,
    }
