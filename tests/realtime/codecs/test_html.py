"""The HTML socket's codec: the topic's fragment, rendered with the publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import SynchronousOnlyOperation
from django.template import TemplateDoesNotExist

from realtime.catalog import Catalog, Options
from realtime.codecs.html import HTMLCodec, html_frame
from realtime.message import Change, ClientInfo, Publication
from realtime.router import Pattern

if TYPE_CHECKING:
    from pytest_django import Settings

TEMPLATES = {
    "message.html": '<p id="m{{ publication.offset }}" hx-swap-oob="true">{{ text }}</p>',
    "plain.html": "{{ data }}",
    "where.html": "{{ publication.topic }} {{ publication.offset }} {{ publication.id }}",
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


def publication(data: Any, *, topic: str = "chat.lobby") -> Publication:
    return Publication(topic, data, b"", 7, "e", id="x")


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

    assert codec("").join(frames) == {"type": "websocket.send", "text": "<p>a</p><p>b</p>"}


def test_size_is_in_bytes() -> None:
    assert html_frame("ä€", "t", "latest").size == 5


def test_page_is_not_told_who_comes_and_goes() -> None:
    change = Change("join", "chat.lobby", ClientInfo(user="1", client="c"))

    assert codec("plain.html").announce(change, "close") is None  # type: ignore[func-returns-value]
