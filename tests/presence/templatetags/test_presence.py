"""What templates show of people, without asking the database."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.cache import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from presence import desk, seen
from presence.rooms import SITE
from presence.templatetags.presence import last_seen
from tests.presence.conftest import HALL, IN_HALL, TYPING, id_of, user_of

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.presence.conftest import House


def render(text: str, **context: object) -> str:
    """Render a template as a page of Ann's would."""
    request: Any = RequestFactory().get("/")
    request.user, request.session = user_of("ann"), SessionStore()
    template = Template("{% load presence %}" + text)
    return template.render(Context({"request": request, **context}))


@pytest.mark.usefixtures("hall")
def test_empty_room_says_so() -> None:
    html = render("{% here room %}", room=HALL)

    assert "Nobody yet." in html
    assert "<b>0</b> here" in html
    assert f'data-goby-topics="{IN_HALL}"' in html
    assert "hx-swap-oob" not in html


async def test_people_are_shown_with_name_and_avatar(house: House) -> None:
    await house.program("bob", HALL)
    await house.program("<b>", HALL)
    await house.program("", HALL)
    await asyncio.sleep(1)

    html = render("{% here room %}", room=HALL)

    assert "<b>3</b> here" in html
    assert html.index("&lt;b&gt;") < html.index("bob")
    assert "<bdi>&lt;b&gt;</bdi>" in html
    assert "1 guest<" in html
    assert html.count('class="avatar"') == 4


async def test_more_people_than_the_threshold_are_counted(house: House, settings: Settings) -> None:
    settings.PRESENCE = {"LIST_THRESHOLD": 1}
    await house.program("ann", HALL)
    await house.program("bob", HALL)
    await house.program("", HALL)
    await house.program("", HALL)
    await asyncio.sleep(1)

    html = render("{% here room %}", room=HALL)

    assert "2 people" in html
    assert "2 guests" in html
    assert "avatar" not in html


@pytest.mark.parametrize("tag", ["here room", 'typing room "text"'])
def test_topic_that_is_no_room_is_refused_with_advice(tag: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="presence=True"):
        render("{% " + tag + " %}", room="no.such.topic")


@pytest.mark.usefixtures("hall")
def test_typing_tells_the_script_what_it_needs() -> None:
    html = render('{% typing room "text" %}', room=HALL)

    assert 'data-typing-field="text"' in html
    assert 'data-me="ann"' in html
    assert f'data-goby-topics="{TYPING}"' in html
    assert '<p id="typing-hall:main"></p>' in html
    assert '<input type="hidden" name="room" value="hall:main">' in html
    assert "<form hidden hx-ws:send method" in html


@pytest.mark.usefixtures("hall")
def test_typing_speaks_the_dialect_of_the_page() -> None:
    assert "<form hidden ws-send method" in render('{% typing room "text" htmx=2 %}', room=HALL)


@pytest.mark.parametrize(
    ("users", "sentences"),
    [
        ([], []),
        (["Ann"], ["Ann is typing…", ""]),
        (["Ann", "Bob"], ["Ann and Bob are typing…", "Bob is typing…", "Ann is typing…"]),
        (
            ["Ann", "Bob", "Cid"],
            [
                "Several people are typing…",
                "Bob and Cid are typing…",
                "Ann and Cid are typing…",
                "Ann and Bob are typing…",
            ],
        ),
        (["Ann", "Bob", "Cid", "Dan"], ["Several people are typing…"]),
    ],
)
def test_sentence_has_a_variant_without_each_who_types(
    users: list[str], sentences: list[str]
) -> None:
    html = render("{% typists room users %}", room=HALL, users=users)

    assert '<p id="typing-hall:main" hx-swap-oob="innerHTML">' in html
    plain = re.sub(r"</?bdi>", "", html)
    assert [text.strip() for text in re.findall(r"<span[^>]*>([^<]*)</span>", plain)] == sentences
    assert html.count("hidden") == max(0, len(sentences) - 1)


@pytest.mark.usefixtures("hall")
def test_name_is_shown_as_it_is_and_not_as_markup() -> None:
    html = render("{% typists room users %}", room=HALL, users=['"><img src=x onerror=alert(1)>'])

    assert "<img" not in html
    assert "<bdi>&quot;&gt;&lt;img src=x onerror=alert(1)&gt;</bdi> is typing…" in html
    assert 'data-without="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"' in html


async def test_online_counts_people_and_guests(house: House) -> None:
    await house.program("ann", SITE)
    await house.program("", SITE)
    await asyncio.sleep(1)

    html = render("{% online %}")

    assert '<span id="online">2<span> online</span></span>' in html
    assert f'data-goby-topics="{SITE}"' in html


async def test_online_is_pushed_as_the_number_alone(house: House) -> None:
    page = await house.page("ann", SITE)
    while "online" not in (html := await page.text()):
        pass

    assert html.startswith('<span id="online" hx-swap-oob="innerHTML">1<span> online</span></span>')


# Last seen


@pytest.mark.django_db
def test_last_seen_says_how_long_ago() -> None:
    ann = User.objects.create(username="ann")
    assert last_seen(ann) == ""

    seen.write({str(ann.pk): timezone.now() - timedelta(hours=3, minutes=20)})

    ann.refresh_from_db()
    assert last_seen(ann).replace("\xa0", " ") == "3 hours ago"


async def test_who_is_online_was_not_seen_but_is(house: House) -> None:
    await house.program("ann", SITE)
    await asyncio.sleep(1)
    assert desk.is_online(id_of("ann"))

    assert last_seen(user_of("ann")) == "online"


def test_guest_is_not_seen() -> None:
    assert last_seen(AnonymousUser()) == ""
