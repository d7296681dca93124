"""`{% live %}` renders the attributes that connect a page to its topics."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import set_script_prefix

from realtime.client import session_digest
from realtime.tokens import read
from realtime.topics import BoundTopic

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = BoundTopic("chat.room.lobby")


@pytest.fixture(autouse=True)
def _script_prefix() -> Iterator[None]:
    yield
    set_script_prefix("/")


def render(template: str, *, user: Any = None, key: str | None = None) -> str:
    """Render a template for a user and a session."""
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    request.session = SessionStore(key)
    source = "{% load realtime %}" + template
    return Template(source).render(Context({"request": request, "room": ROOM}))


def token_of(html: str) -> str:
    """Return the token in the address that the page connects to."""
    found = re.fullmatch(r'<main hx-ws:connect="([^"]+)" hx-swap="none">', html)
    assert found is not None, html
    address = urlsplit(unescape(found[1]))
    assert address.path.endswith("/app/ws/html")
    return parse_qs(address.query)["token"][0]


def test_page_of_a_member_gets_a_token_for_its_topics_user_and_session() -> None:
    html = render('<main {% live room "news" %}>', user=User(pk=7), key="the-key-of-it")

    topics = read(token_of(html), max_age=60, user="7", session=session_digest("the-key-of-it"))
    assert topics == ["chat.room.lobby", "news"]


def test_page_of_a_guest_gets_a_token_of_nobody() -> None:
    html = render("<main {% live room %}>")

    assert read(token_of(html), max_age=60, user="", session="") == ["chat.room.lobby"]


def test_topic_that_is_named_twice_is_followed_once() -> None:
    html = render('<main {% live room room "chat.room.lobby" %}>')

    assert read(token_of(html), max_age=60, user="", session="") == ["chat.room.lobby"]


def test_page_without_topics_can_still_send_forms() -> None:
    assert read(token_of(render("<main {% live %}>")), max_age=60, user="", session="") == []


def test_site_below_a_prefix_connects_below_it() -> None:
    set_script_prefix("/site/")

    assert 'hx-ws:connect="/site/app/ws/html?token=' in render("<main {% live room %}>")


def test_topic_with_markup_in_its_name_cannot_leave_the_attribute() -> None:
    html = render("""<main {% live '"><script>' %}>""")

    assert "<script" not in html
    assert token_of(html)


def test_template_without_a_request_is_refused_with_advice() -> None:
    template = Template("{% load realtime %}{% live room %}")

    with pytest.raises(ImproperlyConfigured, match="needs the request"):
        template.render(Context({"room": ROOM}))
