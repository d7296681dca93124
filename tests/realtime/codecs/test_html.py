"""The HTML socket's codec: the topic's fragment, rendered with the publication."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import SynchronousOnlyOperation
from django.template import TemplateDoesNotExist
from django.utils import translation

from realtime.catalog import Catalog, Options
from realtime.codecs.html import HTMLCodec, entry_frame, html_frame
from realtime.message import Change, ClientInfo, Position, Publication
from realtime.pages import ENTERED, RESYNC
from realtime.router import Pattern

if TYPE_CHECKING:
    from pytest_django import Settings

TEMPLATES = {
    "message.html": '<p id="m{{ publication.offset }}" hx-swap-oob="true">{{ text }}</p>',
    "plain.html": "{{ data }}",
    "where.html": "{{ publication.topic }} {{ publication.offset }} {{ publication.id }}",
    "language.html": ("{% load i18n %}{% get_current_language as language %}{{ language }}"),
    "query.html": "{{ query }}",
}


@pytest.fixture(autouse=True)
def templates(settings: Settings) -> None:
    """Templates that exist for one test."""
    loader = ("django.template.loaders.locmem.Loader", TEMPLATES)
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [loader]},
        }
    ]


def codec(fragment: str) -> HTMLCodec:
    catalog = Catalog()
    catalog.add(Pattern("chat.{room}"), Options(fragment=fragment))
    return HTMLCodec(catalog)


def publication(data: Any, *, topic: str = "chat.lobby", offset: int = 7) -> Publication:
    return Publication(topic, data, b"", offset, "e", id="x")


def test_fragment_is_rendered_with_the_data() -> None:
    frame = codec("message.html").encode(publication({"text": "hi"}), "latest")

    assert frame is not None
    assert frame.text == '<p id="m7" hx-swap-oob="true">hi</p>'
    assert (frame.topic, frame.overflow) == ("chat.lobby", "latest")


def test_markup_of_a_person_is_escaped() -> None:
    frame = codec("message.html").encode(publication({"text": "<script>"}), "close")

    assert frame is not None
    assert "&lt;script&gt;" in frame.text


def test_fragment_sees_the_publication_whatever_the_data_calls_itself() -> None:
    frame = codec("where.html").encode(publication({"publication": "mine"}), "close")

    assert frame is not None
    assert frame.text == "chat.lobby 7 x"


def test_data_that_is_no_mapping_is_called_data() -> None:
    frame = codec("plain.html").encode(publication("hi"), "close")

    assert frame is not None
    assert frame.text == "hi"


def test_fragment_is_in_the_language_of_the_site() -> None:
    with translation.override("de"):
        frame = codec("language.html").encode(publication({}), "close")

    assert frame is not None
    assert frame.text == "en"


def test_topic_without_fragment_has_no_html() -> None:
    assert codec("").encode(publication({}), "close") is None


def test_topic_that_nobody_declared_has_no_html() -> None:
    assert codec("message.html").encode(publication({}, topic="other"), "close") is None


def test_missing_template_is_an_error() -> None:
    with pytest.raises(TemplateDoesNotExist):
        codec("missing.html").encode(publication({}), "close")


async def test_fragment_that_asks_the_database_is_refused() -> None:
    query = get_user_model().objects.all

    with pytest.raises(SynchronousOnlyOperation):
        codec("query.html").encode(publication({"query": query}), "close")


def test_batch_is_a_concatenation() -> None:
    frames = [html_frame("<p>a</p>"), html_frame("<p>b</p>")]

    assert codec("").join(frames).event == {"type": "websocket.send", "text": "<p>a</p><p>b</p>"}


def test_batch_ends_with_the_last_marker_of_each_topic() -> None:
    catalog = codec("message.html")
    frames = [
        catalog.encode(publication({"text": "hi"}, offset=offset), "close") for offset in (7, 8)
    ]
    numberless = catalog.encode(publication({"text": "hi"}, offset=0), "close")

    text = catalog.join([frame for frame in (*frames, numberless) if frame is not None]).event[
        "text"
    ]

    marker = '<data id="goby-at-chat.lobby" value="8~e" hidden hx-swap-oob="true"></data>'
    assert text.endswith("</p>" + marker)
    assert [text.count("<p "), text.count("<data ")] == [3, 1]


@pytest.mark.parametrize("flags", [ENTERED, RESYNC])
def test_flags_of_an_entry_hold_for_its_batch(flags: str) -> None:
    catalog = codec("message.html")
    entry = entry_frame("<p>missed</p>", "chat.lobby", Position(6, "e"), flags)
    other = entry_frame("", "chat.other", Position(1, "e"), ENTERED)
    live = catalog.encode(publication({"text": "hi"}), "close")
    assert live is not None

    text = catalog.join([entry, other, live]).event["text"]

    lobby = f'<data id="goby-at-chat.lobby" value="7~e" hidden hx-swap-oob="true"{flags}></data>'
    assert lobby in text
    assert text.startswith("<p>missed</p><p ")
    assert text.count("<data ") == 2
    assert (entry.offset, entry.overflow) == (0, "close")
    assert entry.size == len(catalog.join([entry]).event["text"])


def test_recovered_publications_have_no_markers_and_are_rendered_once() -> None:
    catalog = codec("message.html")
    missed = [publication({"text": "a"}, offset=1), publication({"text": "b"}, offset=2)]

    encoded = catalog.publications(missed, of="subscribe")

    assert encoded.raw.decode() == "".join(
        f'<p id="m{offset}" hx-swap-oob="true">{text}</p>' for offset, text in ((1, "a"), (2, "b"))
    )
    assert codec("").publications(missed, of="subscribe").raw == b""


def test_size_is_in_bytes() -> None:
    assert html_frame("ä€", "t", "latest").size == 5


def test_page_is_not_told_who_comes_and_goes() -> None:
    change = Change("join", "chat.lobby", ClientInfo(user="1", client="c"))

    assert codec("plain.html").announce(change, "close") is None  # type: ignore[func-returns-value]  # it is typed so


def test_publications_that_many_recover_are_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []

    def render(template: str, context: dict[str, Any]) -> str:
        rendered.append(context["text"])
        return f"<p>{context['text']}</p>"

    monkeypatch.setattr("realtime.codecs.html.render_to_string", render)
    one = codec("message.html")
    missed = [
        publication({"text": "a"}),
        dataclasses.replace(publication({"text": "b"}), offset=8),
        dataclasses.replace(publication({"text": "c"}), epoch="another"),
        publication({"text": "nothing"}, topic="other"),
    ]

    answers = [one.publications(missed, of="subscribe").raw for _ in range(3)]

    assert answers == [b"<p>a</p><p>b</p><p>c</p>"] * 3
    assert rendered == ["a", "b", "c"]
