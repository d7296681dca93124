"""The benchmark's messages: their size, and what the load reads back from a frame."""

from __future__ import annotations

import json

import pytest

from benchmarks.wire import JSON, MARKER, PLAIN, TOPIC, Place, numbered


def test_numbered_is_json_of_the_wanted_size() -> None:
    message = numbered(42, 128)
    assert len(message) == 128
    assert json.loads(message)["message"].startswith("@@0000000042x")


def test_numbered_refuses_a_size_that_holds_no_number() -> None:
    with pytest.raises(ValueError, match="at least"):
        numbered(1, 10)


def test_publication_carries_the_same_message_in_both_protocols() -> None:
    plain = PLAIN.publication(7, 128)
    goby = json.loads(JSON.publication(7, 128))
    assert json.loads(plain) == goby["publish"]["data"]
    assert plain.count(MARKER) == 1


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"{}", True),
        (b'{"push":{"channel":"a"}}\n{}', True),
        (b'{}\n{"push":{"channel":"a"}}', True),
        (b'{"id":3,"publish":{}}', False),
        (b'{"push":{"channel":"a"}}', False),
    ],
)
def test_holds_ping_finds_an_empty_object_of_its_own(payload: bytes, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert JSON.holds_ping(payload) is expected


def test_greeted_waits_for_the_last_reply() -> None:
    reply = b'{"id":1,"connect":{"client":"a"}}'
    assert JSON.greeted(reply, subscribe=False)
    assert not JSON.greeted(reply, subscribe=True)


def test_greeted_raises_what_the_server_refused() -> None:
    with pytest.raises(ConnectionError, match="permission denied"):
        JSON.greeted(b'{"id":2,"error":{"code":103,"message":"permission denied"}}', subscribe=True)


def test_greeting_recovers_from_the_place_where_the_client_was() -> None:
    commands = [
        json.loads(line)
        for line in JSON.greeting(subscribe=True, place=Place(7, "abc")).split(b"\n")
    ]
    wanted = {"channel": TOPIC, "recover": True, "offset": 7, "epoch": "abc"}
    assert commands == [{"id": 1, "connect": {}}, {"id": 2, "subscribe": wanted}]
