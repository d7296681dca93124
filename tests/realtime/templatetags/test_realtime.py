"""`{% live %}` renders the attributes that connect a page to its topics."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import set_script_prefix

from realtime import History, Topic, registry
from realtime.client import session_digest
from realtime.message import Position
from realtime.testing import serving
from realtime.tokens import read
from realtime.topics import BoundTopic

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = BoundTopic("chat.room.lobby")


@pytest.fixture(autouse=True)
def _script_prefix() -> Iterator[None]:
    yield
    set_script_prefix("/")


@pytest.fixture
def kept() -> Iterator[str]:
    """A topic with a history, in a process that is new."""
    registry.reset()
    topic = Topic("templatetags.kept", history=History(size=10, ttl=60))
    yield "templatetags.kept"
    registry.catalog.remove(topic.pattern)
    registry.reset()


def render(
    template: str, *, user: Any = None, key: str | None = None, began: float | None = None
) -> str:
    """Render a template for a user and a session, in a request that began then."""
    request: Any = RequestFactory().get("/")
    if began is not None:
        request.scope = {"realtime.began": began}
    request.user = user or AnonymousUser()
    request.session = SessionStore(key)
    source = "{% load realtime %}" + template
    return Template(source).render(Context({"request": request, "room": ROOM}))


def token_of(html: str) -> str:
    """Return the token in the address that the page connects to."""
    found = re.fullmatch(
        r'<main hx-ws:connect="([^"]+)" hx-swap="none" data-goby-topics="[^"]*">', html
    )
    assert found is not None, html
    address = urlsplit(unescape(found[1]))
    assert address.path.endswith("/app/ws/html")
    return parse_qs(address.query)["token"][0]


def test_page_of_a_member_gets_a_token_for_its_topics_user_and_session() -> None:
    html = render('<main {% live room "news" %}>', user=User(pk=7), key="the-key-of-it")

    topics = read(token_of(html), max_age=60, user="7", session=session_digest("the-key-of-it"))
    assert topics == {"chat.room.lobby": None, "news": None}


def test_page_of_a_guest_gets_a_token_of_nobody() -> None:
    html = render("<main {% live room %}>")

    assert read(token_of(html), max_age=60, user="", session="") == {"chat.room.lobby": None}


def test_topic_that_is_named_twice_is_followed_once() -> None:
    html = render('<main {% live room room "chat.room.lobby" %}>')

    assert read(token_of(html), max_age=60, user="", session="") == {"chat.room.lobby": None}


def test_page_without_topics_can_still_send_forms() -> None:
    assert read(token_of(render("<main {% live %}>")), max_age=60, user="", session="") == {}


def test_page_for_htmx_2_connects_by_its_extension() -> None:
    html = render("<main {% live room 'news' htmx=2 %}>")

    form = (
        r'<main hx-ext="ws" ws-connect="/app/ws/html\?token=([^"]+)" hx-swap="none"'
        ' data-goby-topics="chat.room.lobby news">'
    )
    found = re.fullmatch(form, html)
    assert found is not None, html
    assert set(
        read(parse_qs("token=" + found[1])["token"][0], max_age=60, user="", session="")
    ) == {
        "chat.room.lobby",
        "news",
    }


@pytest.mark.parametrize("version", [1, 3, 5, '"2"'])
def test_other_htmx_is_refused_with_advice(version: object) -> None:
    with pytest.raises(ImproperlyConfigured, match="versions 4 and 2: write htmx=2"):
        render("{% live room htmx=" + str(version) + " %}")


def test_part_of_a_page_has_a_token_and_its_topics() -> None:
    html = render('<li {% live_part room "news" room %}>', user=User(pk=7), key="key")

    found = re.fullmatch(
        r'<li data-goby-token="([^"]+)" data-goby-topics="chat.room.lobby news">', html
    )
    assert found is not None, html
    topics = read(found[1], max_age=60, user="7", session=session_digest("key"))
    assert topics == {"chat.room.lobby": None, "news": None}


def test_more_topics_than_an_address_can_name_are_refused_with_advice() -> None:
    names = " ".join(f'"chat.room.room-{number}"' for number in range(200))

    with pytest.raises(ImproperlyConfigured, match=r"^200 topics are too many .* live_part"):
        render("{% live " + names + " %}")


@pytest.mark.parametrize("tag", ["live", "live_part"])
def test_token_has_the_positions_of_when_the_request_began(tag: str, kept: str) -> None:
    with serving() as engine:
        broker: Any = engine.recovery.broker
        store = broker._store
        store.clock = lambda: time.monotonic() - 60
        first = engine.pubsub.publish(engine.pubsub.draft(kept, "before"))
        store.clock = time.monotonic
        engine.pubsub.publish(engine.pubsub.draft(kept, "while the page is being made"))

        tags = "<main {% " + tag + f' "{kept}" "undeclared" %}}>'
        html = render(tags, began=time.monotonic() - 30)

    assert first is not None
    found = re.search(r'token="?=?([^"&]+)"', html)
    assert found is not None, html
    positions = read(unquote(found[1]), max_age=60, user="", session="")
    assert positions == {kept: first, "undeclared": None}


async def test_token_has_the_positions_also_in_an_async_view(kept: str) -> None:
    engine = await registry.attach()
    position = await engine.pubsub.apublish(engine.pubsub.draft(kept, "hi"))
    assert position is not None

    html = render(f'<main {{% live_part "{kept}" %}}>', began=time.monotonic() - 60)

    found = re.search('token="([^"]+)"', html)
    assert found is not None, html
    positions = read(found[1], max_age=60, user="", session="")
    assert positions == {kept: Position(0, position.epoch)}


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
