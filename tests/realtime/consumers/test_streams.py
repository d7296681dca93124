"""The Data socket as a response that never ends: the same socket, at other ends."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.contrib.auth.models import User
from django.test import Client as Browser

from goby_project.asgi import application
from realtime.codecs.client_pb2 import Command, ConnectRequest, Reply
from realtime.routing import http_urlpatterns
from tests.realtime.consumers.refusals import MARKER
from tests.request import CONNECT, Request, http_stream, reading, sse
from tests.wire import LOBBY, disconnect_push, publish

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure

SUBSCRIBE = {"id": 2, "subscribe": {"channel": LOBBY}}


# What the client sees


async def test_stream_of_events_begins_with_the_reply_to_connect(engine: registry.Engine) -> None:
    stream = sse(application, CONNECT)
    stream.start()

    begun = await stream.begun()
    text = (await stream.piece()).decode()

    assert begun.status == 200
    assert begun.headers["content-type"] == "text/event-stream"
    assert begun.headers["cache-control"] == "no-store, no-transform"
    assert begun.headers["x-accel-buffering"] == "no"
    assert text.startswith('data: {"id":1,"connect":{"client":"')
    assert text.endswith("}}\n\n")
    result = json.loads(text.removeprefix("data: "))["connect"]
    assert result["node"] == engine.id
    assert engine.sessions.find(result["session"]) is not None
    await stream.left()


async def test_each_object_of_a_batch_is_an_event_of_its_own(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        await reader.call(**SUBSCRIBE)
        for number in range(3):
            await publish(LOBBY, {"text": f"line\nbreak {number}"})

        events: list[Any] = []
        while len(events) < 3:
            events += await reader.events()

        assert [event["push"]["pub"]["data"]["text"] for event in events] == [
            "line\nbreak 0",
            "line\nbreak 1",
            "line\nbreak 2",
        ]


async def test_stream_of_lines_begins_with_the_replies_to_its_body(
    engine: registry.Engine,
) -> None:
    stream = http_stream(application)
    stream.start(CONNECT, "\n", json.dumps(SUBSCRIBE))

    begun = await stream.begun()
    text = ""
    while text.count("\n") < 2:
        text += (await stream.piece()).decode()

    assert (begun.status, begun.headers["content-type"]) == (200, "application/x-ndjson")
    connected, subscribed = [json.loads(line) for line in text.splitlines()]
    assert connected["connect"]["node"] == engine.id
    assert subscribed["id"] == 2
    await publish(LOBBY, "ä\u2028b")
    piece = (await stream.piece()).decode()
    assert piece.endswith("\n")
    assert json.loads(piece)["push"]["pub"]["data"] == "ä\u2028b"
    await stream.left()


async def test_stream_of_protobuf_begins_with_the_reply_to_its_body(
    engine: registry.Engine,
) -> None:
    command = Command(id=1, connect=ConnectRequest(name="test")).SerializeToString()
    stream = http_stream(application, "protobuf")
    stream.start(bytes([len(command)]) + command)

    begun = await stream.begun()
    piece = await stream.piece()

    assert begun.headers["content-type"] == "application/octet-stream"
    assert piece[0] == len(piece) - 1
    reply = Reply.FromString(piece[1:])
    assert (reply.id, reply.connect.node) == (1, engine.id)
    assert engine.sessions.find(reply.connect.session) is not None
    await stream.left()


async def test_close_by_the_server_is_told_before_the_last_piece(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        (connection,) = engine.connections._all
        connection.close(3503, "for a test")

        assert await reader.events() == [disconnect_push(3503, "for a test")]
        assert await reader.stream.rest() == b""
    assert engine.instrumentation.connections_closed == {3503: 1}
    assert (len(engine.connections), len(engine.sessions)) == (0, 0)


@pytest.mark.parametrize("body", ["", "no JSON", '{"id":1,"publish":{}}', "[]"])
async def test_malformed_first_frame_is_told_as_on_a_socket(
    body: str, engine: registry.Engine
) -> None:
    stream = http_stream(application)
    stream.start(body)

    assert (await stream.begun()).status == 200
    push = json.loads(await stream.piece())["push"]
    assert push["disconnect"]["code"] == 3501
    assert await stream.rest() == b""
    assert engine.instrumentation.connections_closed == {3501: 1}


@pytest.mark.parametrize("body", [b"", b"\xff", b"\x05abc", b"\x00"])
async def test_malformed_first_frame_of_protobuf_is_told_as_well(
    body: bytes, engine: registry.Engine
) -> None:
    stream = http_stream(application, "protobuf")
    stream.start(body)

    assert (await stream.begun()).status == 200
    piece = await stream.piece()
    assert Reply.FromString(piece[1:]).push.disconnect.code == 3501
    assert await stream.rest() == b""
    assert engine.instrumentation.connections_closed == {3501: 1}


async def test_ping_is_answered_by_a_letter_and_the_stream_closed_without_one(
    goby: Configure,
) -> None:
    engine = goby(PING_INTERVAL=0.02, PONG_TIMEOUT=0.1)
    async with reading(application) as reader:
        assert await reader.events() == [{}]
        assert (await reader.write({})).status == 204
        assert await reader.events() == [{}]

        assert await reader.events() == [disconnect_push(3012, "no pong")]
        assert await reader.stream.rest() == b""
    assert engine.instrumentation.connections_closed == {3012: 1}


# What is refused


@pytest.mark.parametrize(
    "commands",
    [
        [],
        [""],
        ["{}"],
        ["[]"],
        ["1"],
        ["no JSON"],
        ['{"id":1,"publish":{}}'],
        ['{"id":1,"connect":{},"publish":{"channel":"wire.open.lobby","data":1}}'],
        [CONNECT + '\n{"id":2,"publish":{"channel":"wire.open.lobby","data":1}}'],
        [CONNECT, '{"id":2,"publish":{"channel":"wire.open.lobby","data":1}}'],
        [CONNECT, CONNECT],
    ],
)
async def test_address_with_anything_but_one_connect_command_is_refused_with_400(
    commands: list[str], engine: registry.Engine
) -> None:
    answer = await sse(application, *commands).answer()

    assert answer.status == 400
    assert answer.text == "Send one connect command as cf_connect, and nothing else there."
    assert engine.instrumentation.errors == {400: 1}
    assert engine.instrumentation.published == 0
    assert len(engine.sessions) == 0


@pytest.mark.parametrize("query", ["cf_connect=%ff", "cf_connect=%7B%22id%22:\xff%7D", "%zz"])
async def test_address_that_is_no_utf_8_is_refused_with_400(query: str) -> None:
    request = Request(application, "GET", "/connection/sse", query_string=query.encode("latin-1"))

    assert (await request.answer()).status == 400


async def test_connect_command_that_is_too_big_is_refused_with_413(goby: Configure) -> None:
    goby(MESSAGE_MAX_SIZE=1_000)

    answer = await sse(application, '{"id":1,"connect":{"token":"%s"}}' % ("ä" * 490)).answer()

    assert (answer.status, answer.text) == (413, "A command has at most 1000 bytes. Send less.")


async def test_body_that_is_too_big_is_refused_with_413(goby: Configure) -> None:
    engine = goby(MESSAGE_MAX_SIZE=1_000)

    answer = await http_stream(application).answer("x" * 1_001)

    assert answer.status == 413
    assert engine.instrumentation.connections_opened == {}


async def test_body_that_is_no_utf_8_is_refused_with_400() -> None:
    answer = await http_stream(application).answer(b"\xff")

    assert (answer.status, answer.text) == (400, "The body is not UTF-8. Send JSON.")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_body_of_another_media_type_is_refused_with_415(kind: str) -> None:
    assert (await http_stream(application, kind).answer(CONNECT)).status == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
    ],
)
async def test_foreign_page_gets_no_stream(
    headers: dict[str, str], engine: registry.Engine
) -> None:
    answers = [
        await sse(application, CONNECT, **headers).answer(),
        await http_stream(application, **headers).answer(CONNECT),
    ]

    assert [answer.status for answer in answers] == [403, 403]
    assert engine.instrumentation.connections_opened == {}


async def test_log_has_nothing_of_what_was_asked(log: pytest.LogCaptureFixture) -> None:
    await sse(application, MARKER).answer()
    await http_stream(application, MARKER).answer(MARKER)


# What the application sees


class Sockets:
    """An application that keeps its scopes, sends some events, and then ends."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = events
        self.scopes: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        self.received = [await receive(), await receive()]
        for event in self.events:
            await send(event)


ACCEPT = {"type": "websocket.accept"}


@pytest.mark.parametrize(
    ("kind", "subprotocols", "frame"),
    [("json", [], "text"), ("protobuf", ["centrifuge-protobuf"], "bytes")],
)
async def test_application_sees_a_websocket(
    kind: str, subprotocols: list[str], frame: str, engine: registry.Engine
) -> None:
    sockets = Sockets(ACCEPT)
    stream = http_stream(URLRouter(http_urlpatterns(sockets)), kind, cookie="a=b")
    stream.scope |= {
        "scheme": "https",
        "root_path": "/site",
        "path": "/site" + stream.scope["path"],
    }

    await stream.answer("x")

    (scope,) = sockets.scopes
    identity = scope.pop("realtime.session")
    assert isinstance(identity, str)
    assert len(identity) == 32
    assert scope == {
        "type": "websocket",
        "http_version": "1.1",
        "scheme": "wss",
        "root_path": "/site",
        "path": "/site/connection/websocket",
        "raw_path": b"/site/connection/websocket",
        "query_string": b"",
        "headers": stream.scope["headers"],
        "client": ["127.0.0.1", 50_000],
        "server": ["127.0.0.1", 80],
        "subprotocols": subprotocols,
    }
    assert sockets.received == [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", frame: "x" if frame == "text" else b"x"},
    ]


async def test_application_that_refuses_the_handshake_answers_403() -> None:
    sockets = Sockets({"type": "websocket.close", "code": 4403})

    answer = await http_stream(URLRouter(http_urlpatterns(sockets))).answer("x")

    assert (answer.status, answer.text) == (403, "This site does not let you in.")


async def test_stream_for_which_there_is_no_place_is_refused_with_503(goby: Configure) -> None:
    engine = goby(MAX_CONNECTIONS=1)
    async with reading(application):
        answer = await http_stream(application).answer(CONNECT)

    assert answer.status == 503
    assert answer.text == "There is no place for you now. Try again later."
    assert engine.instrumentation.handshakes_rejected == {"limit": 1}
    assert len(engine.sessions) == 0


async def test_application_that_ends_without_a_close_ends_the_answer() -> None:
    sockets = Sockets(ACCEPT, {"type": "websocket.send", "text": "one"})

    answer = await http_stream(URLRouter(http_urlpatterns(sockets))).answer("x")

    assert (answer.status, answer.text) == (200, "one\n")


async def test_application_that_fails_takes_its_session_along(engine: registry.Engine) -> None:
    async def fail(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("for a test")

    stream = http_stream(URLRouter(http_urlpatterns(fail)))
    stream.start("x")

    with pytest.raises(RuntimeError, match="for a test"):
        await stream.task
    assert len(engine.sessions) == 0


@pytest.mark.django_db(transaction=True)
async def test_user_of_the_cookie_is_the_user_of_the_stream(engine: registry.Engine) -> None:
    @sync_to_async
    def sign_in() -> tuple[str, str]:
        browser = Browser()
        user = User.objects.create_user("mira")
        browser.force_login(user)
        return str(user.pk), f"sessionid={browser.cookies['sessionid'].value}"

    user, cookie = await sign_in()
    async with reading(application, cookie=cookie):
        assert [connection.user for connection in engine.connections._all] == [user]


# How it ends


async def test_peer_that_goes_away_leaves_nothing_behind(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        await reader.call(**SUBSCRIBE)

    assert (len(engine.connections), len(engine.sessions)) == (0, 0)
    assert engine.hub.router.topics == 0
    assert engine.instrumentation.connections_closed == {1005: 1}


async def test_what_a_peer_still_sends_is_no_end(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        for _ in range(3):
            reader.stream.incoming.put_nowait({"type": "http.request", "body": b"more"})

        assert (await reader.call(**SUBSCRIBE))["id"] == 2


async def test_server_that_stops_ends_the_answer(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        engine.sessions.end_all()

        assert await reader.stream.rest() == b""
    assert engine.instrumentation.connections_closed == {1012: 1}
    assert (len(engine.connections), len(engine.sessions)) == (0, 0)


async def test_server_that_cancels_a_stream_leaves_nothing_behind(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        reader.stream.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader.stream.task

    assert (len(engine.connections), len(engine.sessions)) == (0, 0)


async def never(event: dict[str, Any]) -> None:
    """Be a peer that does not read."""
    await asyncio.Event().wait()


async def test_peer_that_does_not_read_is_given_up_and_costs_nobody_else(goby: Configure) -> None:
    engine = goby(SEND_TIMEOUT=0.02)
    async with reading(application) as stalled, reading(application) as other:
        for reader in (stalled, other):
            await reader.call(**SUBSCRIBE)

        stalled.stream.put = never
        await publish(LOBBY, {"text": "for who reads"})

        [event] = await other.events()
        assert event["push"]["pub"]["data"] == {"text": "for who reads"}
        async with asyncio.timeout(5):
            await stalled.stream.task
        assert engine.instrumentation.slow_closes == 1
        assert engine.instrumentation.connections_closed == {3009: 1}
        assert (len(engine.connections), len(engine.sessions)) == (1, 1)


async def test_server_that_stops_does_not_wait_for_a_peer_that_does_not_read(
    goby: Configure,
) -> None:
    engine = goby(SEND_TIMEOUT=0.02)
    async with reading(application) as stalled:
        stalled.stream.put = never

        engine.sessions.end_all()

        async with asyncio.timeout(5):
            await stalled.stream.task
    assert (len(engine.connections), len(engine.sessions)) == (0, 0)
