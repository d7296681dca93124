"""A client in front of a topic that keeps a history: where it can enter without missing anything.

While the history is read, a gate follows the topic in the client's place and holds what comes. So
what is read and what came meanwhile join without a hole or a double.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.codecs.delta import FOSSIL, DeltaFollower
from realtime.exceptions import CommandError, ProtocolError
from realtime.message import Position
from realtime.recovery import MAX_PUBLICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.answers import Recovered
    from realtime.codecs.base import PublicationsCodec
    from realtime.connections import Subscription
    from realtime.consumers.socket import SocketConsumer
    from realtime.history import History
    from realtime.message import Frame

# With this flag a client would rather have an error than miss something.
REFUSE_IF_NOT_RECOVERED = 2

NOWHERE = Position(0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the client says of its subscription."""

    recover: bool = False
    since: Position = NOWHERE
    flag: int = 0
    join_leave: bool = False
    delta: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Request:
        """Read the fields; raise `CommandError` 107 for a wrong type, close 3501 for a delta."""
        delta = protocol.text_of(body, "delta")
        if delta not in {"", FOSSIL}:
            raise ProtocolError(protocol.BAD_FRAME, "bad request: unknown delta")
        return cls(
            recover=protocol.flag_of(body, "recover"),
            since=Position(protocol.number_of(body, "offset"), protocol.text_of(body, "epoch")),
            flag=protocol.number_of(body, "flag"),
            join_leave=protocol.flag_of(body, "join_leave"),
            delta=bool(delta),
        )

    @property
    def refuses_loss(self) -> bool:
        """True if the client would rather have an error than miss something."""
        return self.recover and bool(self.flag & REFUSE_IF_NOT_RECOVERED)


FROM_NOW_ON = Request()


@dataclass(eq=False, slots=True)
class Gate:
    """Follows a topic for a client while its history is read, and holds what comes meanwhile."""

    held: list[Frame] = field(default_factory=list)
    broken: bool = False

    def put(self, frame: Frame) -> None:
        """Hold a publication; not more of them than a history returns."""
        if len(self.held) < MAX_PUBLICATIONS:
            self.held.append(frame)
        else:
            self.broken = True

    def lost(self, topic: str) -> None:
        """Remember that there is a hole in what is held."""
        self.broken = True

    def after(self, top: Position) -> list[Frame]:
        """Return what came after the history was read; close 3010 if there is a hole.

        What skipped the history has no offset, and so is no part of what could have holes.
        """
        offsets = [frame.offset for frame in self.held if frame.offset > top.offset]
        expected = range(top.offset + 1, top.offset + 1 + len(offsets))
        # Between two lives of a history nobody knows what is missing.
        lives = {frame.epoch for frame in self.held if frame.offset} - {top.epoch}
        if self.broken or lives or offsets != list(expected):
            raise ProtocolError(protocol.INSUFFICIENT_STATE, "insufficient state")
        return [frame for frame in self.held if not frame.offset or frame.offset > top.offset]


@dataclass(eq=False, slots=True)
class Approach:
    """One client on its way to one topic. `result` is what it will be told.

    `codec` writes what it missed.
    """

    consumer: SocketConsumer
    codec: PublicationsCodec
    topic: str
    history: History
    request: Request
    subscription: Subscription
    gate: Gate = field(default_factory=Gate)
    result: dict[str, Any] = field(default_factory=dict)
    top: Position = NOWHERE

    async def read(self, gates: ExitStack) -> None:
        """Read where the client can enter, behind the gate; raise `CommandError` 112."""
        hub, codec = self.consumer.engine.hub, self.subscription.codec
        hub.subscribe(self.topic, codec, self.gate)
        gates.callback(hub.unsubscribe, self.topic, codec, self.gate)
        if self.request.recover:
            await self._recover()
        else:
            self.top = await self.consumer.engine.recovery.position(self.topic, self.history)
            self.result = self.position(self.top.offset)

    def join(self) -> list[Frame]:
        """Follow the topic, and return what came meanwhile; close 3010 if there is a hole."""
        hub = self.consumer.engine.hub
        seen = hub.top(self.topic)
        if seen is not None and seen.epoch != self.top.epoch:
            # The history began again, and the others do not know it. Nor does what is still on
            # its way to them, so the gate hears of it as well.
            hub.lose(self.topic)
        live = self.gate.after(self.top)
        self.consumer.join(self.topic, self.subscription)
        numbered = [frame for frame in live if frame.offset]
        hub.learn(self.topic, Position(self.top.offset + len(numbered), self.top.epoch))
        return live

    async def _recover(self) -> None:
        engine, since = self.consumer.engine, self.request.since
        answer = await engine.recovery.recover(self.topic, self.history, since, self.codec)
        engine.instrumentation.recoveries[answer.recovered] += 1
        if not answer.recovered and self.request.refuses_loss:
            raise CommandError(protocol.UNRECOVERABLE_POSITION, "unrecoverable position")
        follower = self.subscription.follower
        if isinstance(follower, DeltaFollower) and answer.publications is not None:
            follower.known = answer.top.offset
        self.top = answer.top
        self.result = self._recovered(answer)

    def _recovered(self, answer: Recovered) -> dict[str, Any]:
        if not answer.recovered:
            return {**self.position(answer.top.offset), "was_recovering": True}
        result = self.position(self.request.since.offset)
        result.update(was_recovering=True, recovered=True)
        if answer.publications is not None:
            result["publications"] = answer.publications
        return result

    def position(self, offset: int) -> dict[str, Any]:
        """Return what the client is told of where it is."""
        override = self.subscription.override
        result: dict[str, Any] = {"epoch": self.top.epoch}
        if override.force_recovery is not False:
            result["recoverable"] = True
        if override.force_positioning is not False:
            result["positioned"] = True
        if offset:
            result["offset"] = offset
        return result


async def enter(approach: Approach) -> list[Frame]:
    """Read and follow a single topic, and return what came meanwhile."""
    with ExitStack() as gates:
        await approach.read(gates)
        return approach.join()
