"""Bad input of people and of foreign pages: forged tokens, foreign origins, hostile messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async
from django.core import signing

from chat.models import Room
from goby_project.asgi import application
from realtime import registry
from realtime.tokens import SALT, sign
from tests.realtime.consumers.refusals import (
    MARKER,
    assert_data_refuses,
    assert_html_shows,
    error_fragment,
    form,
)
from tests.wire import DATA, HTML, LOBBY, DataWire, Wire, page_of

if TYPE_CHECKING:
    from tests.wire import OpenData, OpenHTML

TOO_LONG = "A message has at most 4000 characters, and this one has 10000. Shorten it"


# Pages and origins that are not ours


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(MARKER, id="unsigned"),
        pytest.param(f"{MARKER}:1:{MARKER}", id="shaped"),
        pytest.param("%00%ff", id="bytes"),
        pytest.param(sign(page_of(LOBBY))[:-1] + "!", id="changed"),
        pytest.param(signing.dumps([[LOBBY], "", ""], salt="another"), id="salt"),
        pytest.param(signing.dumps([[LOBBY], "", ""], salt=SALT, key="another"), id="key"),
        pytest.param(sign(page_of(LOBBY, session="another")), id="session"),
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


async def test_expired_page_token_closes_with_4408_and_a_sentence(
    open_html: OpenHTML, bystander: DataWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: 1_000_000_000.0)
        token = sign(page_of(f"wire.open.{MARKER}"))
    wire = await open_html(token=token)
    assert await wire.closed() == 4408
    sentence = "This page is too old. Please reload it."
    assert wire.said.startswith(error_fragment(sentence))
    assert registry.engine().instrumentation.errors == {4408: 1}
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
    assert "&lt;img src=x" in fragment
    assert "<img" not in fragment
    assert "<b hx-get" not in fragment
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
