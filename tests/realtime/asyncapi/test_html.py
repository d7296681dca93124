"""The HTML socket in the document, and forms of real pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from realtime import protocol, sentences
from realtime.asyncapi import html
from realtime.consumers.html import ENDINGS, ENVELOPE
from tests.realtime.asyncapi.checked import Checker

if TYPE_CHECKING:
    from tests.wire import OpenHTML

FORM = (
    '{"action":"wire.echo","text":"hi","csrfmiddlewaretoken":"t",'
    '"headers":{"HX-Request":"true","HX-Current-URL":"/"}}'
)


def test_messages_are_forms_of_json_and_fragments_of_html() -> None:
    messages = html.messages()

    assert {name: message["contentType"] for name, message in messages.items()} == {
        "form": "application/json",
        "fragment": "text/html",
    }
    assert {action["action"] for action in html.operations().values()} == {"receive", "send"}


def test_form_names_what_is_no_argument() -> None:
    payload = html.messages()["form"]["payload"]

    assert set(payload["properties"]) == ENVELOPE
    assert payload["required"] == ["action"]


@pytest.mark.parametrize(
    "bad", [{}, {"action": 7}, {"action": "a", "headers": "HX-Request"}, "chat.send"]
)
def test_form_that_is_none_is_invalid(bad: Any) -> None:
    assert not Draft7Validator(html.messages()["form"]["payload"]).is_valid(bad)


@pytest.mark.django_db(transaction=True)
async def test_form_and_fragment_of_a_real_page_fit(
    made: dict[str, Any], open_html: OpenHTML
) -> None:
    checker = Checker(made)
    wire = await open_html()

    wire.send_text(FORM)
    fragment = await wire.text()

    payload = made["channels"]["action.wire.echo"]["messages"]["form"]["payload"]
    assert [error.message for error in Draft7Validator(payload).iter_errors(json.loads(FORM))] == []
    assert "wire-echo" in fragment
    checker.check("fragment", fragment)


def test_close_codes_and_sentences_are_those_of_the_socket() -> None:
    assert {"1008", "1009", "1011", "1012", "1013", "4401", "4408"} == set(html.closes())
    assert "slow" in html.closes()["1013"]
    assert all(ending in html.closes()["4401"] for ending in ("signed out", ENDINGS[4401]))
    assert html.sentences()[str(protocol.BAD_REQUEST)] == sentences.SENTENCES[protocol.BAD_REQUEST]
    assert len(html.sentences()) == len(sentences.SENTENCES)
