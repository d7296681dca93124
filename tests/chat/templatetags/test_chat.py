"""How a message looks, and its author."""

from __future__ import annotations

import re

from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from chat.templatetags.chat import hue, initial


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_hue_is_one_of_eight_and_always_the_same(name: str) -> None:
    assert hue(name) == hue(name)
    assert hue(name) in range(8)


def test_initial_of_a_guest_is_that_of_the_animal() -> None:
    assert initial("guest-otter-4821") == "O"
    assert initial("mira") == "M"
    assert initial("") == ""


def data(number: int, text: str) -> dict[str, object]:
    """Return what a template gets to see of a message."""
    created_at = "2026-01-01T12:00:00.000+00:00"
    return {
        "id": number,
        "room": "lobby",
        "author": "otter",
        "text": text,
        "html": "",
        "created_at": created_at,
        "cid": "c",
        "version": 0,
        "edited": False,
        "deleted": False,
    }


def test_message_looks_the_same_in_a_page_and_live_and_is_rendered_once() -> None:
    live = render_to_string("chat/live/message.html", data(1, "first"))
    page = render_to_string("chat/_messages.html", {"messages": [data(1, "not asked for")]})

    assert page.startswith('<li id="message-1"')
    assert page in live
    assert "first" in page


def test_messages_stand_in_their_order_and_are_escaped() -> None:
    shown = [data(n, f"<i>{n}</i>") for n in (3, 1, 2)]
    for _ in range(2):
        page = render_to_string("chat/_messages.html", {"messages": shown})

        assert re.findall(r"&lt;i&gt;(\d)&lt;/i&gt;", page) == ["3", "1", "2"]
        assert "<i>" not in page


def test_no_messages_are_nothing() -> None:
    assert render_to_string("chat/_messages.html", {"messages": []}) == ""
