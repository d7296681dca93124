"""`python -m benchmarks.fragments JSON`: what the fragment cache saves, and what a hit costs.

Fifty messages are rendered as the site does it, with a warm cache, and as it would without one:
each by its template, again for each visitor. The same for the whole page of the room around them.
In turns, and by CPU time, so that what else the machine does counts for neither.
"""

from __future__ import annotations

import json
import os
import sys
from statistics import quantiles
from time import process_time, thread_time
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from chat.models import Message, Room

_MESSAGES = 50
_BATCH = 20  # pages in a round, so that the clock's steps do not show
_HITS = 5_000
_WORDS = "Some words that somebody wrote, neither few nor many. " * 2
_PLAIN = "{{% for message in messages %}}{{% include '{}' with {} only %}}{{% endfor %}}"

# Nobody collected the static files of the benchmark's site.
_STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def main() -> None:
    """Measure what the argument asks for; print one line of JSON."""
    wanted = json.loads(sys.argv[1])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.apps.goby_settings")
    django.setup()
    from django.test import override_settings

    with override_settings(STORAGES=_STORAGES):
        figures = {**_savings(wanted["rounds"]), **_hits(wanted["rounds"])}
    sys.stdout.write(json.dumps(figures) + "\n")


def _savings(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of CPU time for the messages and for the room's whole page, by round."""
    request, context = _request(), _context()
    names = {"messages": "chat/_older.html", "room": "chat/room.html"}
    work = {
        f"{name}_{how}_ms": _rendering(engine, template, context, request)
        for name, template in names.items()
        for how, engine in {"plain": _plain_engine(), "warm": _site_engine()}.items()
    }
    for render in work.values():
        render()
    took = [{name: _cpu(render) for name, render in work.items()} for _ in range(rounds)]
    return {name: [each[name] for each in took] for name in work}


def _cpu(render: Callable[[], object]) -> float:
    began = process_time()
    for _ in range(_BATCH):
        render()
    return (process_time() - began) / _BATCH * 1000


def _hits(rounds: int) -> dict[str, list[float]]:
    """Microseconds of `get_or_render` where it finds its fragment: median and p99 of each round."""
    from realtime import get_or_render

    def hit() -> float:
        began = thread_time()
        get_or_render("bench", lambda: "fragment " * 50, ttl=3600)
        return (thread_time() - began) * 1_000_000

    hit()
    percents = [quantiles([hit() for _ in range(_HITS)], n=100) for _ in range(rounds)]
    return {"us": [each[49] for each in percents], "p99_us": [each[98] for each in percents]}


def _rendering(
    engine: Any, name: str, context: dict[str, Any], request: HttpRequest
) -> Callable[[], object]:
    template = engine.get_template(name)
    return lambda: template.render(context, request)


def _site_engine() -> Any:
    from django.template import engines

    return engines["django"]


def _plain_engine() -> Any:
    from django.conf import settings
    from django.template.backends.django import DjangoTemplates

    from chat.templatetags.chat import FIELDS, MESSAGE

    site: dict[str, Any] = settings.TEMPLATES[0]
    plain = _PLAIN.format(MESSAGE, " ".join(f"{name}=message.{name}" for name in FIELDS))
    loaders = [
        ("django.template.loaders.locmem.Loader", {"chat/_messages.html": plain}),
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
    cached = [("django.template.loaders.cached.Loader", loaders)]
    options = {**site["OPTIONS"], "loaders": cached}
    return DjangoTemplates(
        {"NAME": "plain", "DIRS": site["DIRS"], "APP_DIRS": False, "OPTIONS": options}
    )


def _request() -> HttpRequest:
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.signed_cookies import SessionStore
    from django.test import RequestFactory

    request = RequestFactory(headers={"host": "127.0.0.1"}).get("/rooms/lobby/")
    request.user = User.objects.get(username="bench")
    request.session = SessionStore()
    return request


def _context() -> dict[str, Any]:
    from chat import topics
    from chat.messages import data_of
    from chat.models import Room

    room = Room(slug="lobby", name="Lobby", description="Where everybody is")
    return {
        "room": room,
        "rooms": [room],
        "room_topic": topics.room(slug="lobby"),
        "news_topics": [],
        "mine_topic": topics.mine(user=1),
        "messages": [data_of(_message(room, number)) for number in range(_MESSAGES)],
        "has_older": True,
        "is_live": True,
        "is_moderator": False,
        "is_muted": False,
        "error": "",
        "draft": "",
        "cid": "c",
        "max_length": 4000,
    }


def _message(room: Room, number: int) -> Message:
    from django.utils import timezone

    from chat.markup import render
    from chat.models import Message

    return Message(
        pk=number,
        room=room,
        author_name=f"guest-otter-{number % 7}",
        text=_WORDS,
        html=render(_WORDS),
        created_at=timezone.now(),
        client_id=f"c-{number}",
    )


if __name__ == "__main__":
    main()
