"""The HTML socket: the page's token, fragments, forms, and errors that a person can see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from realtime import tokens
from tests.wire import LOBBY, page_of, publish

if TYPE_CHECKING:
    from realtime import registry
    from realtime.tokens import Page
    from tests.wire import Configure, OpenHTML, Wire


def form(action: str, **values: object) -> str:
    """Return a form as htmx 4 sends it."""
    headers = {"HX-Request": "true", "HX-Source": "form#composer"}
    return json.dumps({"action": action, **values, "headers": headers})


def error(sentence: str) -> str:
    """Return the fragment that shows a sentence, and that a screen reader reads out."""
    escaped = sentence.replace("'", "&#x27;")
    return f'<div id="goby-errors" role="alert" hx-swap-oob="innerHTML">{escaped}</div>\n'


async def still_works(wire: Wire) -> None:
    """Assert that the connection answers."""
    wire.send_text(form("wire.echo", text="still here"))
    assert await wire.text() == echo("still here")


def echo(text: str) -> str:
    """Return the fragment that shows the result of `wire.echo`."""
    return f'<p id="wire-echo" hx-swap-oob="true">{text}</p>'


# Topics


async def test_page_receives_the_fragments_of_the_topics_in_its_token(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html(LOBBY, "wire.open.other")
    await still_works(wire)

    await publish(LOBBY, {"text": "<b>hi</b>"})
    assert await wire.text() == '<p id="wire-1" hx-swap-oob="true">&lt;b&gt;hi&lt;/b&gt;</p>'
    await publish("wire.open.third", {"text": "not followed"})
    await still_works(wire)
    assert engine.hub.router.subscriptions == 2


async def test_publications_of_one_turn_are_joined_by_plain_concatenation(
    open_html: OpenHTML,
) -> None:
    wire = await open_html(LOBBY)
    await still_works(wire)

    await publish(LOBBY, {"text": "one"})
    await publish(LOBBY, {"text": "two"})

    assert (await wire.text()).count('hx-swap-oob="true"') == 2


async def test_topic_without_a_fragment_sends_nothing_to_pages(open_html: OpenHTML) -> None:
    wire = await open_html("wire.plain")
    await still_works(wire)

    await publish("wire.plain", {"text": "hi"})

    await still_works(wire)


async def test_page_without_a_token_follows_nothing_and_may_act(open_html: OpenHTML) -> None:
    await still_works(await open_html(token=""))


@pytest.mark.parametrize(
    ("topic", "sentence", "code"),
    [
        (
            "wire.nothing",
            "This page follows something that does not exist any more. Please reload it.",
            102,
        ),
        ("wire.members", "You may not do that.", 103),
        ("wire.failing", "Something went wrong here. Please try again.", 100),
    ],
)
async def test_topic_that_may_not_be_followed_is_told_and_the_others_go_on(
    topic: str, sentence: str, code: int, open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html(topic, LOBBY)

    assert await wire.text() == error(sentence)
    await publish(LOBBY, {"text": "hi"})
    assert "hi" in await wire.text()
    assert engine.instrumentation.errors == {code: 1}


# Who may come in


async def test_guest_is_closed_with_4401_where_guests_are_not_allowed(
    goby: Configure, open_html: OpenHTML
) -> None:
    goby(ALLOW_GUESTS=False)
    wire = await open_html(LOBBY)

    assert await wire.closed() == 4401
    assert wire.said == error("You are signed out. Please sign in again.")


@pytest.mark.parametrize(
    "page",
    [
        page_of(LOBBY, session="0123456789abcdef"),
        page_of("wire.open.other", LOBBY, session="0123456789abcdef"),
    ],
)
async def test_token_of_somebody_else_is_closed_with_1008(page: Page, open_html: OpenHTML) -> None:
    wire = await open_html(page=page)

    assert await wire.closed() == 1008
    assert wire.said == error("This page was not made for you. Please reload it.")


async def test_token_of_a_user_who_is_a_guest_now_is_closed_with_4401(open_html: OpenHTML) -> None:
    wire = await open_html(page=page_of(LOBBY, user="1"))

    assert await wire.closed() == 4401
    assert wire.said == error("You are signed out. Please sign in again.")


async def test_token_that_expired_is_closed_with_4408(
    open_html: OpenHTML, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1_000_000.0)
    token = tokens.sign(page_of(LOBBY))
    monkeypatch.undo()
    wire = await open_html(token=token)

    assert await wire.closed() == 4408
    assert wire.said == error("This page is too old. Please reload it.")


# Forms


@pytest.mark.parametrize("envelope", ["headers", "HEADERS"])
async def test_form_performs_its_action_whichever_htmx_sends_it(
    envelope: str, open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html()
    values = {
        "action": "wire.echo",
        "text": "hi & bye",
        "csrfmiddlewaretoken": "x",
        envelope: {"HX-Request": "true"},
    }

    wire.send_text(json.dumps(values))

    assert await wire.text() == echo("hi &amp; bye")
    assert engine.instrumentation.messages_received == {"html": 1}


async def test_form_of_an_action_without_a_fragment_is_answered_by_nothing(
    open_html: OpenHTML,
) -> None:
    wire = await open_html(LOBBY)

    wire.send_text(form("wire.quiet", text="hi"))
    wire.send_text(form("wire.post", name="lobby", text="posted"))

    assert "posted" in await wire.text()


@pytest.mark.parametrize(
    ("name", "sentence", "code"),
    [
        ("wire.refuse", "Not on a Monday.", 1009),
        ("wire.raise", "Something went wrong here. Please try again.", 100),
        ("wire.broken", "Something went wrong here. Please try again.", 100),
        ("wire.members", "You may not do that.", 103),
        ("wire.nothing", "This page asked for something unknown. Please reload it.", 104),
        (
            "wire.post",
            "This page sent something that cannot be read. Please reload it and try again.",
            107,
        ),
    ],
)
async def test_form_that_fails_shows_an_accessible_sentence(
    name: str, sentence: str, code: int, open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html()

    wire.send_text(form(name, text="hi"))

    assert await wire.text() == error(sentence)
    assert engine.instrumentation.errors == {code: 1}
    await still_works(wire)


# The end of a connection


async def test_page_that_goes_leaves_nothing_behind(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html(LOBBY)
    await still_works(wire)
    assert (len(engine.connections), engine.hub.router.topics) == (1, 1)

    await wire.disconnect(1001)

    assert (len(engine.connections), engine.hub.router.topics) == (0, 0)
    assert engine.instrumentation.connections_closed == {1001: 1}


async def test_peer_that_does_not_keep_up_is_closed_with_1013_so_that_htmx_comes_back(
    goby: Configure, open_html: OpenHTML
) -> None:
    goby(OUTBOX_MAX_SIZE=1000)
    wire = await open_html(LOBBY)
    await still_works(wire)

    await publish(LOBBY, {"text": "x" * 2000})

    assert await wire.closed() == 1013


async def test_defect_of_the_server_is_closed_with_1011(
    open_html: OpenHTML, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, other = await open_html(), await open_html()

    def find(name: str) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patched:
        patched.setattr("realtime.actions.find", find)
        wire.send_text(form("wire.echo"))
        assert await wire.closed() == 1011

    assert engine.instrumentation.failures == {"html socket": 1}
    await still_works(other)
