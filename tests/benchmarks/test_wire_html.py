"""A page's conversation with the server: it listens, and the markers are in its fragments."""

from __future__ import annotations

import json

import pytest
from django.template import engines

from benchmarks.site import ROOT
from benchmarks.speeches import SPEECH, speech_of
from benchmarks.wire import JSON, MARKER, TOPIC, numbered
from benchmarks.wire_html import PageSpeech
from realtime.message import Position
from realtime.pages import ENTERED, RESYNC, flagged, marker

SPEECH_OF_PAGE = PageSpeech("a:b/c")
AT = marker(TOPIC, Position(12, "epoch"))


def test_speech_of_a_page_carries_its_token() -> None:
    assert speech_of("html", "abc") == PageSpeech("abc")
    assert speech_of("protobuf", "abc") is SPEECH["protobuf"]


def test_page_connects_with_its_token_and_says_nothing() -> None:
    assert SPEECH_OF_PAGE.subscriber_path == "/app/ws/html?token=a%3Ab%2Fc"
    assert SPEECH_OF_PAGE.greeting(subscribe=True) == b""


def test_program_publishes_on_the_data_socket() -> None:
    assert SPEECH_OF_PAGE.publisher_path == JSON.publisher_path
    assert SPEECH_OF_PAGE.greeting(subscribe=False) == JSON.greeting(subscribe=False)
    assert SPEECH_OF_PAGE.publication(7, 128) == JSON.publication(7, 128)
    assert SPEECH_OF_PAGE.greeted(b'{"id":1,"connect":{}}', subscribe=False)
    assert SPEECH_OF_PAGE.refused(b'{"id":2,"error":{"code":103}}')
    assert SPEECH_OF_PAGE.holds_ping(b"{}")


@pytest.mark.parametrize("flags", [ENTERED, RESYNC])
def test_greeted_knows_the_marker_of_a_page_that_follows(flags: str) -> None:
    assert SPEECH_OF_PAGE.greeted(flagged(AT, flags).encode(), subscribe=True)


def test_greeted_raises_what_a_page_was_told_instead() -> None:
    with pytest.raises(ConnectionError, match="May not"):
        SPEECH_OF_PAGE.greeted(b'<div id="goby-errors">May not</div>', subscribe=True)


def test_fragment_holds_the_marker_of_its_message_once() -> None:
    template = ROOT / "benchmarks/apps/templates/bench/message.html"
    message = numbered(7, 128).decode()
    html = engines["django"].from_string(template.read_text("utf-8")).render(json.loads(message))
    assert (html + AT).encode().count(MARKER) == 1
    assert json.loads(message)["message"] in html
