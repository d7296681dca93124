"""Subscribe and unsubscribe: follow a topic, from where the client left off."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from realtime import protocol
from realtime.commands.admission import keep, permit
from realtime.exceptions import CommandError, ProtocolError
from realtime.message import Position
from realtime.recovery import MAX_PUBLICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.consumers.data import DataConsumer
    from realtime.history import History
    from realtime.message import Frame
    from realtime.protocol import Command
    from realtime.recovery import Recovered

# With this flag a client would rather have an error than miss something.
REFUSE_IF_NOT_RECOVERED = 2


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
        if self.broken or offsets != list(expected):
            raise ProtocolError(protocol.INSUFFICIENT_STATE, "insufficient state")
        return [frame for frame in self.held if not frame.offset or frame.offset > top.offset]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the client says of its subscription."""

    recover: bool
    since: Position
    flag: int
    join_leave: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Request:
        """Read the fields; raise `CommandError` 107 for a wrong type."""
        return cls(
            recover=protocol.flag_of(body, "recover"),
            since=Position(protocol.number_of(body, "offset"), protocol.text_of(body, "epoch")),
            flag=protocol.number_of(body, "flag"),
            join_leave=protocol.flag_of(body, "join_leave"),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A client in front of a topic: what it will be told, and the gate that holds the rest."""

    topic: str
    result: dict[str, Any]
    top: Position
    gate: Gate

    def join(self, consumer: DataConsumer) -> list[Frame]:
        """Follow the topic, and return what came meanwhile; close 3010 if there is a hole."""
        seen = consumer.engine.hub.top(self.topic)
        if seen is not None and seen.epoch != self.top.epoch:
            # The history began again, and the others do not know it. Nor does what is still on
            # its way to them, so the gate hears of it as well.
            consumer.engine.hub.lose(self.topic)
        live = self.gate.after(self.top)
        consumer.join(self.topic)
        numbered = [frame for frame in live if frame.offset]
        position = Position(self.top.offset + len(numbered), self.top.epoch)
        consumer.engine.hub.learn(self.topic, position)
        return live


async def subscribe(consumer: DataConsumer, command: Command) -> None:
    """Follow a topic; raise `CommandError` 102, 103, 105, 106, 107, 109 or 112."""
    topic = protocol.topic_of(command.body)
    request = Request.of(command.body)
    resolved = consumer.make_room(topic)
    claims = await permit(consumer, topic, resolved, protocol.text_of(command.body, "token"))
    listens = request.join_leave and resolved.options.join_leave
    history = resolved.options.history
    if history is None:
        if request.recover and request.flag & REFUSE_IF_NOT_RECOVERED:
            raise CommandError(protocol.UNRECOVERABLE_POSITION, "unrecoverable position")
        consumer.join(topic)
        consumer.put(protocol.reply(command.id, "subscribe", keep(consumer, topic, claims)))
        consumer.appear(topic, listens=listens)
        return
    result, live = await join_at_position(consumer, topic, history, request)
    result.update(keep(consumer, topic, claims))
    consumer.put(protocol.reply(command.id, "subscribe", result))
    for frame in live:
        consumer.put(frame)
    consumer.appear(topic, listens=listens)


async def join_at_position(
    consumer: DataConsumer, topic: str, history: History, request: Request
) -> tuple[dict[str, Any], list[Frame]]:
    """Follow a topic with a history; return where, and what came while that was being read."""
    with ExitStack() as gates:
        entry = await approach(consumer, topic, history, request, gates)
        return entry.result, entry.join(consumer)


async def approach(
    consumer: DataConsumer, topic: str, history: History, request: Request, gates: ExitStack
) -> Entry:
    """Read where the client can enter a topic, behind a gate that holds what comes meanwhile."""
    hub, codec, gate = consumer.engine.hub, consumer.codec.name, Gate()
    hub.subscribe(topic, codec, gate)
    gates.callback(hub.unsubscribe, topic, codec, gate)
    result, top = await _read(consumer, topic, history, request)
    return Entry(topic, result, top, gate)


async def _read(
    consumer: DataConsumer, topic: str, history: History, request: Request
) -> tuple[dict[str, Any], Position]:
    recovery = consumer.engine.recovery
    if not request.recover:
        top = await recovery.position(topic, history)
        return _result(top.offset, top), top
    answer = await recovery.recover(topic, history, request.since)
    consumer.engine.instrumentation.recoveries[answer.recovered] += 1
    if not answer.recovered and request.flag & REFUSE_IF_NOT_RECOVERED:
        raise CommandError(protocol.UNRECOVERABLE_POSITION, "unrecoverable position")
    return _recovered_result(answer, request), answer.top


def _result(offset: int, top: Position) -> dict[str, Any]:
    result: dict[str, Any] = {"recoverable": True, "positioned": True, "epoch": top.epoch}
    if offset:
        result["offset"] = offset
    return result


def _recovered_result(answer: Recovered, request: Request) -> dict[str, Any]:
    if not answer.recovered:
        return {**_result(answer.top.offset, answer.top), "was_recovering": True}
    result = {**_result(request.since.offset, answer.top), "was_recovering": True}
    result["recovered"] = True
    if answer.json != b"[]":
        result["publications"] = orjson.Fragment(answer.json)
    return result


async def unsubscribe(consumer: DataConsumer, command: Command) -> None:
    """Follow a topic no more; a topic that was not followed is no error."""
    consumer.leave(protocol.topic_of(command.body))
    consumer.put(protocol.reply(command.id, "unsubscribe", {}))
