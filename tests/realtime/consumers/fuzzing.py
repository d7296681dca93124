"""A client that sends whatever it is given, and what must hold after it has gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from goby_project.asgi import application
from realtime import registry
from realtime.protocol import BAD_FRAME, FLOOD, INVALID_TOKEN, MAX_ID, MESSAGE_TOO_BIG
from tests.wire import DataWire, opened

# How a connection may end because of what its client sent.
DEFINED = {MESSAGE_TOO_BIG, BAD_FRAME, FLOOD, INVALID_TOKEN}
# What only a stack or a library's error message has.
INSIDE = ("Traceback", 'File "', ".py", "site-packages", "orjson", "google", "Error:", "Error(")


@dataclass
class Outcome:
    """What a client saw: what it was told, and with which code it was closed, if it was."""

    objects: list[dict[str, Any]]
    said: str
    code: int | None


def send_raw(wire: DataWire, frame: str | bytes) -> None:
    """Let a frame of either kind come in."""
    if isinstance(frame, str):
        wire.send_text(frame)
    else:
        wire.send_bytes(frame)


async def send_all(form: type[DataWire], *frames: str | bytes, connect: bool = True) -> Outcome:
    """Send frames and then a good command; return what came until that was answered."""
    wire = form(application)
    async with opened(wire):
        if connect:
            await wire.connect()
        for frame in frames:
            send_raw(wire, frame)
        wire.send({"id": MAX_ID, "rpc": {"method": "wire.echo"}})
        objects: list[dict[str, Any]] = []
        while not objects or objects[-1].get("id") != MAX_ID:
            event = await wire.event()
            if event["type"] == "websocket.close":
                wire.outgoing.put_nowait(event)
                return Outcome(objects, wire.said, await wire.closed())
            wire.keep(event)
            objects += wire.read(event)
        return Outcome(objects, wire.said, None)


def assert_is_well(outcome: Outcome) -> None:
    """Assert that the client was treated by the rules, and that nothing of it is left."""
    engine = registry.engine()
    assert outcome.code is None or outcome.code in DEFINED
    if outcome.code is not None and outcome.code >= 3000:
        assert outcome.objects[-1]["push"]["disconnect"]["code"] == outcome.code
    assert not engine.instrumentation.failures
    assert not [inside for inside in INSIDE if inside in outcome.said]
    for each in outcome.objects:
        assert each.keys() & {"id", "push"} or each == {}
    rooms = (engine.connections, engine.heartbeat, engine.presence, engine.sessions)
    assert [len(room) for room in rooms] == [0] * len(rooms)
    assert (engine.hub.router.subscriptions, engine.hub._listeners.subscriptions) == (0, 0)
    assert (engine.hub.tops, engine.flusher.stalled) == ({}, 0)
