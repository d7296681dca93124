"""What those count who follow many topics, hear of people, or hear what is said twice."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from picows import WSMsgType

from benchmarks.ablation.listeners import Heard, Listener, until_all_heard
from benchmarks.ablation.people import Person
from benchmarks.ablation.topics import Follower
from benchmarks.wire import JSON


class Wire:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, _kind: WSMsgType, payload: bytes) -> None:
        self.sent.append(payload)


def frame(payload: bytes) -> Any:
    return SimpleNamespace(get_payload_as_bytes=lambda: payload, msg_type=WSMsgType.TEXT)


async def test_listener_counts_what_comes_twice_and_hears_the_last() -> None:
    heard = Heard()
    listener = Listener(JSON, heard, word=b"@@", last=b"@@9")
    wire: Any = Wire()

    listener.on_ws_frame(wire, frame(b'{"id":2,"subscribe":{}}'))
    listener.on_ws_frame(wire, frame(b'"@@1"\n"@@1"'))
    assert not listener.done.is_set()
    listener.on_ws_frame(wire, frame(b'"@@9"'))

    assert heard == Heard(words=3, frames=2, bytes=16)
    await until_all_heard([listener], 1.0)
    assert listener.ready.done()


async def test_listener_who_never_hears_the_last_is_an_error() -> None:
    listener = Listener(JSON, Heard(), word=b"@@", last=b"@@9")

    with pytest.raises(ConnectionError, match="Not all was heard"):
        await until_all_heard([listener], 0.01)


async def test_follower_is_ready_when_all_topics_answered() -> None:
    follower = Follower(["bench.a", "bench.b"])
    commands = [json.loads(line) for line in follower.greeting().split(b"\n")]
    wire: Any = Wire()

    follower.on_ws_frame(wire, frame(b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{}}'))
    assert not follower.ready.done()
    follower.on_ws_frame(wire, frame(b'{"id":3,"subscribe":{}}'))

    assert commands[1:] == [
        {"id": 2, "subscribe": {"channel": "bench.a"}},
        {"id": 3, "subscribe": {"channel": "bench.b"}},
    ]
    assert follower.ready.done()


async def test_follower_who_is_refused_a_topic_says_so() -> None:
    follower = Follower(["bench.a", "bench.b"])
    wire: Any = Wire()

    follower.on_ws_frame(wire, frame(b'{"id":2,"subscribe":{}}\n{"id":3,"error":{"code":106}}'))

    with pytest.raises(ConnectionError, match="refused the load"):
        await follower.ready


async def test_person_comes_and_goes_in_turns() -> None:
    person, wire = Person(), Wire()
    with pytest.raises(ConnectionError, match="no connection"):
        person.move()
    person.transport = cast("Any", wire)
    person.move()
    person.move()

    assert [next(iter(set(json.loads(sent)) - {"id"})) for sent in wire.sent] == [
        "subscribe",
        "unsubscribe",
    ]
