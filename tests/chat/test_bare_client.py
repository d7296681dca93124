"""A bare WebSocket client, such as `wscat -c ws://127.0.0.1:8000/app/ws/html`, on `make run`.

It has no Origin, no cookie and no token: a guest who follows nothing, and may do what guests may.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from websockets.sync.client import connect

from realtime.protocol import BAD_REQUEST, METHOD_NOT_FOUND, PERMISSION_DENIED
from realtime.sentences import SENTENCES
from tests.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

    from tests.server import Server

PATIENCE = 10


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("daphne") as running:
        yield running


@pytest.fixture
def page(server: Server) -> Iterator[ClientConnection]:
    """A connection to the HTML socket, as the guide's script opens it."""
    address = f"ws://127.0.0.1:{server.port}/app/ws/html"
    with connect(address, origin=None, proxy=None) as connection:
        assert connection.request is not None
        assert {"Origin", "Cookie"}.isdisjoint(connection.request.headers)
        yield connection


def error(code: int) -> str:
    """Return the fragment that says this error to a person."""
    return (
        '<div id="goby-errors" role="alert" hx-swap-oob="innerHTML">'
        f"{SENTENCES[code].replace(chr(39), '&#x27;')}</div>\n"
    )


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("hello", BAD_REQUEST),
        ('{"action":"chat.nothing"}', METHOD_NOT_FOUND),
        ('{"action":"chat.read","room":"lobby","message":1}', PERMISSION_DENIED),
    ],
)
def test_bare_client_is_let_in_and_told_in_a_sentence_what_is_wrong(
    page: ClientConnection, message: str, code: int
) -> None:
    page.send(message)

    assert page.recv(timeout=PATIENCE) == error(code), "and nothing else before it"


def test_bare_client_follows_nothing_but_may_speak(server: Server, page: ClientConnection) -> None:
    with connect(server.data_socket, origin=None, proxy=None) as follower:
        follower.send('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"chat.room.lobby"}}')
        received = objects(follower, until="subscribe")
        page.send('{"action":"chat.send","room":"lobby","text":"Hello","cid":"bare-1"}')
        push = objects(follower, until="push")[-1]["push"]
        page.send("hello")

        assert [each["id"] for each in received] == [1, 2]
        assert push["channel"] == "chat.room.lobby"
        assert (push["pub"]["data"]["text"], push["pub"]["data"]["cid"]) == ("Hello", "bare-1")
        assert push["pub"]["data"]["author"].startswith("guest-")
        assert page.recv(timeout=PATIENCE) == error(BAD_REQUEST), (
            "its own message was not sent back"
        )


def objects(connection: ClientConnection, *, until: str) -> list[dict[str, Any]]:
    """Return the objects that come, up to the first that has this key."""
    found: list[dict[str, Any]] = []
    while not any(until in each for each in found):
        batch = str(connection.recv(timeout=PATIENCE))
        found += [json.loads(line) for line in batch.split("\n")]
    return found
