"""What a client may send that it should not: each gets its answer, is counted, is logged without
what it sent, and hurts nobody else.

Every test sends a marker along. It must appear in no log record, and a second connection that
was there before must work afterwards.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.core import signing
from django.utils.html import escape

from chat.models import Room
from goby_project.asgi import application
from realtime import registry
from realtime.tokens import SALT, Page, sign
from tests.wire import DATA, HTML, LOBBY, DataWire, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wire import OpenData, OpenHTML

MARKER = "s3cret-p4yload"
UNREADABLE = "This page sent something that cannot be read. Please reload it and try again."
UNKNOWN = "This page asked for something unknown. Please reload it."
FAILED = "Something went wrong here. Please try again."
TOO_LONG = "A message has at most 4000 characters, and this one has 10000. Shorten it"


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Assert afterwards that something was logged, and nothing of what the client sent."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    lines = [caplog.handler.format(record) for record in records]
    assert any(record.name == "realtime" for record in records), lines
    assert not any(MARKER in line for line in lines), lines


@pytest.fixture
async def bystander(open_data: OpenData, site: None) -> Any:
    """A connection that has nothing to do with it."""
    return await open_data()


def error_fragment(sentence: str) -> str:
    """Return the start of what a person sees, and hears from a screen reader."""
    return f'<div id="goby-errors" role="alert" hx-swap-oob="true">{escape(sentence)}'


async def assert_data_refuses(
    wire: DataWire, command: str, bystander: DataWire, *, code: int
) -> dict[str, Any]:
    """Send a command that is answered by an error, after which everything still works."""
    wire.send_text(command)
    error: dict[str, Any] = (await wire.next())["error"]
    assert error["code"] == code
    assert error["message"]
    assert registry.engine().instrumentation.errors == {code: 1}
    await wire.works()
    await bystander.works()
    return error


async def assert_data_closes(
    wire: DataWire, bystander: DataWire, *, code: int, counted: bool = True
) -> None:
    """Wait for the close, which a push precedes where it is one of the protocol."""
    assert await wire.closed() == code
    assert (f'{{"push":{{"disconnect":{{"code":{code},' in wire.said) is (code >= 3000)
    instrumentation = registry.engine().instrumentation
    assert instrumentation.connections_closed == {code: 1}
    assert instrumentation.errors == {code: 1}
    await bystander.works()


async def assert_html_shows(
    wire: Wire, text: str, bystander: DataWire, *, sentence: str, code: int
) -> None:
    """Send a form that is answered by a visible error, after which everything still works."""
    wire.send_text(text)
    assert (await wire.text()).startswith(error_fragment(sentence))
    assert registry.engine().instrumentation.errors == {code: 1}
    wire.send_text(form("wire.echo", text="fine"))
    assert "fine" in await wire.text()
    await bystander.works()


def form(action: object, **values: object) -> str:
    """Return a form as htmx sends it."""
    return json.dumps({"action": action, **values, "headers": {"HX-Request": "true"}})


# Frames that cannot be read

MALFORMED = [
    f'{{"id":7,"rpc":{{"method":"{MARKER}"',
    MARKER,
    f'["{MARKER}"]',
    f'"{MARKER}"',
    "17",
    "null",
    '{"id":7,"rpc":{"method":"wire.echo","data":{"text":NaN}}}',
    '{"id":7,"rpc":{"method":"wire.echo","data":{"text":"\\ud800"}}}',
    '{"id":7,"rpc":' + "[" * 2000,
    "\x00",
]


@pytest.mark.parametrize("text", [*MALFORMED, "", "\n", " \n\t\n"])
async def test_malformed_json_closes_the_data_socket_with_3501(
    text: str, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_text(text)
    await assert_data_closes(wire, bystander, code=3501)


async def test_malformed_line_of_a_batch_performs_nothing_of_it(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    good = wire.command("publish", channel=LOBBY, data=1)
    wire.send_text(f'{good}\n{{"id":9,"rpc":{MARKER}')
    await assert_data_closes(wire, bystander, code=3501)
    assert registry.engine().instrumentation.published == 0


@pytest.mark.parametrize("text", [*MALFORMED, ""])
async def test_malformed_json_shows_an_error_on_the_html_socket(
    text: str, open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    await assert_html_shows(wire, text, bystander, sentence=UNREADABLE, code=107)


async def test_binary_frame_closes_the_data_socket_with_3501(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_bytes(MARKER.encode())
    await assert_data_closes(wire, bystander, code=3501)


async def test_binary_frame_shows_an_error_on_the_html_socket(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    wire.send_bytes(MARKER.encode())
    assert (await wire.text()).startswith(error_fragment(UNREADABLE))
    assert registry.engine().instrumentation.errors == {107: 1}
    await bystander.works()


async def test_oversized_frame_closes_the_data_socket_with_1009(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_text(wire.command("rpc", method="wire.echo", data={"text": MARKER * 6000}))
    await assert_data_closes(wire, bystander, code=1009)


async def test_oversized_frame_of_wide_characters_is_measured_in_bytes(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_text('{"id":5,"rpc":{"method":"wire.echo","data":{"text":"%s"}}}' % ("🐟" * 17_000))
    await assert_data_closes(wire, bystander, code=1009)


async def test_oversized_frame_closes_the_html_socket_with_a_sentence(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    wire.send_text(form("wire.echo", text=MARKER * 6000))
    assert await wire.closed() == 1009
    assert wire.said.startswith(error_fragment("That was too long to send."))
    assert registry.engine().instrumentation.errors == {1009: 1}
    await bystander.works()


async def test_oversized_frame_that_the_server_refuses_is_counted(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    await wire.disconnect(1009)
    assert registry.engine().instrumentation.errors == {1009: 1}
    assert registry.engine().instrumentation.connections_closed == {1009: 1}
    await bystander.works()


# Commands, topics and actions that do not exist


async def test_unknown_command_is_refused_with_104(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    await assert_data_refuses(wire, wire.command(MARKER, channel=LOBBY), bystander, code=104)


@pytest.mark.parametrize("command", ["subscribe", "publish"])
@pytest.mark.parametrize("topic", [f"wire.{MARKER}", f"{MARKER} \x00<b>", "wire.open.{name}"])
async def test_unknown_topic_is_refused_with_102(
    topic: str, command: str, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = wire.command(command, channel=topic, data=MARKER)
    await assert_data_refuses(wire, text, bystander, code=102)


async def test_unknown_topic_in_a_page_shows_an_error(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html(f"wire.{MARKER}")
    gone = "This page follows something that does not exist any more. Please reload it."
    assert (await wire.text()).startswith(error_fragment(gone))
    assert registry.engine().instrumentation.errors == {102: 1}
    await bystander.works()


async def test_unknown_action_is_refused_with_104(open_data: OpenData, bystander: DataWire) -> None:
    wire = await open_data()
    await assert_data_refuses(wire, wire.command("rpc", method=MARKER), bystander, code=104)


async def test_unknown_action_shows_an_error_on_the_html_socket(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    await assert_html_shows(wire, form(MARKER), bystander, sentence=UNKNOWN, code=104)


# Fields of the wrong type, and fields that are missing


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("subscribe", {"channel": [MARKER]}),
        ("subscribe", {}),
        ("subscribe", MARKER),
        ("subscribe", None),
        ("unsubscribe", {"channel": None}),
        ("unsubscribe", []),
        ("publish", {"channel": LOBBY}),
        ("publish", {"channel": {"name": MARKER}, "data": 1}),
        ("rpc", {"method": {"name": MARKER}}),
        ("rpc", {"method": "wire.echo", "data": MARKER}),
        ("rpc", {"method": "wire.echo", "data": {"text": [MARKER]}}),
        ("rpc", {"method": "wire.echo", "data": {"text": None}}),
        ("rpc", {"method": "wire.echo", "data": {MARKER: "text"}}),
        ("rpc", {"method": "wire.post", "data": {"name": MARKER}}),
        ("rpc", 5),
    ],
)
async def test_wrong_type_or_missing_field_is_refused_with_107(
    name: str, body: object, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = json.dumps({"id": 9, name: body})
    await assert_data_refuses(wire, text, bystander, code=107)


@pytest.mark.parametrize(
    "values",
    [
        {"text": MARKER},
        {"action": [MARKER]},
        {"action": None},
        {"action": "wire.echo", "text": [MARKER, MARKER]},
        {"action": "wire.echo", "text": None},
        {"action": "wire.echo", MARKER: "text"},
        {"action": "wire.post", "name": MARKER},
    ],
)
async def test_wrong_type_or_missing_field_shows_an_error_on_the_html_socket(
    values: dict[str, object], open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    await assert_html_shows(wire, json.dumps(values), bystander, sentence=UNREADABLE, code=107)


# Too much


async def test_subscription_129_is_refused_with_106(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    for number in range(128):
        assert "subscribe" in await wire.call("subscribe", channel=f"wire.open.{number}")
    text = wire.command("subscribe", channel=f"wire.open.{MARKER}")
    await assert_data_refuses(wire, text, bystander, code=106)
    await wire.call("unsubscribe", channel="wire.open.5")
    assert "subscribe" in await wire.call("subscribe", channel="wire.open.128")


async def test_page_with_129_topics_follows_128_and_shows_an_error(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html(*(f"wire.open.{number}" for number in range(129)))
    sentence = "This page follows too much at once."
    assert (await wire.text()).startswith(error_fragment(sentence))
    assert registry.engine().hub.router.subscriptions == 128
    assert registry.engine().instrumentation.errors == {106: 1}
    await bystander.works()


# Pages and origins that are not ours


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(MARKER, id="unsigned"),
        pytest.param(f"{MARKER}:1:{MARKER}", id="shaped"),
        pytest.param("%00%ff", id="bytes"),
        pytest.param(sign(Page(topics=(LOBBY,), user="", session=""))[:-1] + "!", id="changed"),
        pytest.param(signing.dumps([[LOBBY], "", ""], salt="another"), id="salt"),
        pytest.param(signing.dumps([[LOBBY], "", ""], salt=SALT, key="another"), id="key"),
        pytest.param(sign(Page(topics=(LOBBY,), user="7", session="")), id="user"),
    ],
)
async def test_forged_page_token_closes_with_1008_and_a_sentence(
    token: str, open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html(token=token)
    assert await wire.closed() == 1008
    sentence = "This page was not made for you. Please reload it."
    assert wire.said.startswith(error_fragment(sentence))
    assert registry.engine().instrumentation.errors == {1008: 1}
    assert registry.engine().instrumentation.connections_closed == {1008: 1}
    await bystander.works()


async def test_expired_page_token_closes_with_4401_and_a_sentence(
    open_html: OpenHTML, bystander: DataWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: 1_000_000_000.0)
        token = sign(Page(topics=(f"wire.open.{MARKER}",), user="", session=""))
    wire = await open_html(token=token)
    assert await wire.closed() == 4401
    sentence = "You are signed out, or this page is too old. Please reload it."
    assert wire.said.startswith(error_fragment(sentence))
    assert registry.engine().instrumentation.errors == {4401: 1}
    assert registry.engine().hub.router.subscriptions == 0
    await bystander.works()


@pytest.mark.parametrize("path", [HTML, DATA])
@pytest.mark.parametrize("origin", [f"http://{MARKER}.example", "null", "http://[" + MARKER])
async def test_foreign_origin_is_not_let_in(path: str, origin: str, bystander: DataWire) -> None:
    wire = Wire(application, path, headers={"origin": origin})
    assert (await wire.handshake())["type"] == "websocket.close"
    await wire.task
    assert registry.engine().instrumentation.handshakes_rejected == {"origin": 1}
    await bystander.works()


# What people write, to an action that stores it


@pytest.fixture
def lobby(transactional_db: None) -> Room:
    """A room of the chat."""
    return Room.objects.get_or_create(slug="lobby", defaults={"name": "Lobby"})[0]


HOSTILE = '<img src=x onerror=alert(1)> <b hx-get="/">"quoted" &amp; \x00\x07\x1b[31m\x7f {{ 1 }}'
CLEANED = '<img src=x onerror=alert(1)> <b hx-get="/">"quoted" &amp; [31m {{ 1 }}'


async def test_html_and_control_characters_in_a_message_do_no_harm(
    lobby: Room, open_data: OpenData, open_html: OpenHTML, log: pytest.LogCaptureFixture
) -> None:
    wire, page = await open_data(), await open_html("chat.room.lobby")
    await wire.call("subscribe", channel="chat.room.lobby")
    page.send_text(form("wire.echo", text="following"))
    assert "following" in await page.text()

    wire.send_text(wire.command("rpc", method="chat.send", data={"room": "lobby", "text": HOSTILE}))

    objects = [await wire.next(), await wire.next()]
    pub = next(item["push"]["pub"] for item in objects if "push" in item)
    assert pub["data"]["text"] == CLEANED
    fragment = await page.text()
    assert escape(CLEANED) in fragment
    assert "<img" not in fragment
    assert 'hx-get="' not in fragment
    wire.send_text(wire.command(MARKER))  # something to log
    assert (await wire.next())["error"]["code"] == 104


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write something first."),
        (" \n\t\u200b\x00", "Write something first."),
        (MARKER.ljust(10_000, "x"), TOO_LONG),
    ],
)
async def test_empty_or_too_long_message_is_refused_with_the_chats_own_error(
    text: str, sentence: str, lobby: Room, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    command = wire.command("rpc", method="chat.send", data={"room": "lobby", "text": text})
    error = await assert_data_refuses(wire, command, bystander, code=400)
    assert error["message"].startswith(sentence)
    assert await sync_to_async(lobby.messages.count)() == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "Write something first."), (MARKER.ljust(10_000, "x"), TOO_LONG)],
)
async def test_empty_or_too_long_message_shows_an_error_on_the_html_socket(
    text: str, sentence: str, lobby: Room, open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    message = form("chat.send", room="lobby", text=text)
    await assert_html_shows(wire, message, bystander, sentence=sentence, code=400)


# What is not allowed, and what breaks


@pytest.mark.parametrize("topic", ["wire.plain", "wire.closed", "wire.members", "chat.room.lobby"])
async def test_publish_where_the_topic_does_not_allow_it_is_refused_with_103(
    topic: str, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = wire.command("publish", channel=topic, data={"text": MARKER})
    await assert_data_refuses(wire, text, bystander, code=103)
    assert registry.engine().instrumentation.published == 0


async def test_action_that_raises_is_refused_with_a_temporary_100(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = wire.command("rpc", method="wire.raise", data={"text": MARKER})
    error = await assert_data_refuses(wire, text, bystander, code=100)
    assert error == {"code": 100, "message": "internal server error", "temporary": True}
    assert registry.engine().instrumentation.failures == {"action wire.raise": 1}


async def test_action_that_raises_shows_an_error_on_the_html_socket(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    text = form("wire.raise", text=MARKER)
    await assert_html_shows(wire, text, bystander, sentence=FAILED, code=100)
    assert registry.engine().instrumentation.failures == {"action wire.raise": 1}
