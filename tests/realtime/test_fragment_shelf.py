"""Django's cache as a shelf: what it raises goes no further, what drags is left alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from realtime.fragment_shelf import MARK, NOTHING, STAMP_TTL, Found, Place, Shelf
from realtime.instrumentation import Instrumentation
from tests.realtime.caches import PAYLOAD, REMOTE, Server, fresh_server
from tests.realtime.clock import Clock

if TYPE_CHECKING:
    from pytest_django import Settings

ONE, TWO = Place("one", "stamp-of-one"), Place("two", "stamp-of-two")


@pytest.fixture
def server(settings: Settings) -> Server:
    settings.CACHES = REMOTE
    return fresh_server()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters() -> Instrumentation:
    told: list[object] = []
    return Instrumentation(hook=lambda event, /, **details: told.append((event, details)))


@pytest.fixture
def shelf(server: Server, clock: Clock, counters: Instrumentation) -> Shelf:
    return Shelf(alias="default", instrumentation=counters, clock=clock)


def lay_down(shelf: Shelf, place: Place, html: str) -> None:
    [found] = shelf.fetch([place])
    shelf.store({place: found._replace(html=html)}, 30)


def html_at(shelf: Shelf, *places: Place) -> list[str | None]:
    return [found.html for found in shelf.fetch(places)]


def test_what_was_laid_down_is_found(shelf: Shelf) -> None:
    lay_down(shelf, ONE, "<b>\n1\n</b>")
    lay_down(shelf, TWO, "")

    assert html_at(shelf, ONE, TWO, Place("three", "s")) == ["<b>\n1\n</b>", "", None]


def test_page_of_good_fragments_costs_one_question(shelf: Shelf, server: Server) -> None:
    lay_down(shelf, ONE, "1")
    lay_down(shelf, TWO, "2")
    server.asked.clear()

    assert html_at(shelf, ONE, TWO) == ["1", "2"]
    assert server.asked == ["get"]


def test_time_to_keep_is_in_whole_seconds(shelf: Shelf, server: Server) -> None:
    shelf.store({ONE: Found("1")}, 0.2)

    assert server.timeouts["one"] == 1


def test_nothing_to_lay_down_is_no_question(shelf: Shelf, server: Server) -> None:
    shelf.store({}, 30)

    assert server.asked == []


def test_forgotten_is_gone_and_the_rest_is_still_there(shelf: Shelf) -> None:
    lay_down(shelf, ONE, "1")
    lay_down(shelf, TWO, "2")

    shelf.forget(ONE.stamp)

    assert html_at(shelf, ONE, TWO) == [None, "2"]
    lay_down(shelf, ONE, "new")
    assert html_at(shelf, ONE, TWO) == ["new", "2"]


def test_rendered_from_what_was_true_before_is_not_found(shelf: Shelf) -> None:
    [found] = shelf.fetch([ONE])  # somebody begins to render

    shelf.forget(ONE.stamp)
    shelf.store({ONE: found._replace(html="old")}, 30)

    assert html_at(shelf, ONE) == [None]


@pytest.mark.parametrize(("question", "left"), [(0, "1"), (1, "1"), (2, "1"), (3, None)])
def test_forgetting_between_two_questions_counts_until_the_stamp_is_read(
    shelf: Shelf, server: Server, question: int, left: str | None
) -> None:
    def meanwhile(operation: str) -> None:
        if len(server.asked) == question + 1:
            server.before = lambda operation: None
            shelf.forget(ONE.stamp)

    server.before = meanwhile
    lay_down(shelf, ONE, "1")

    assert html_at(shelf, ONE) == [left]


def test_mark_that_the_backend_lost_does_not_bring_anything_back(
    shelf: Shelf, server: Server
) -> None:
    lay_down(shelf, ONE, "1")
    lay_down(shelf, TWO, "2")
    shelf.forget(ONE.stamp)
    del server.kept[MARK]

    assert html_at(shelf, ONE, TWO) == [None, "2"]
    assert isinstance(server.kept[MARK], str)


def test_mark_that_somebody_else_set_at_that_moment_is_not_taken(
    shelf: Shelf, server: Server
) -> None:
    def meanwhile(operation: str) -> None:
        if operation == "add":
            server.kept[MARK] = "theirs"

    server.before = meanwhile

    assert shelf.fetch([ONE]) == [Found(None, "", "")]
    lay_down(shelf, ONE, "1")
    assert html_at(shelf, ONE) == ["1"]


def test_stamps_outlive_every_fragment(shelf: Shelf, server: Server) -> None:
    shelf.forget(ONE.stamp)

    assert server.timeouts == {ONE.stamp: STAMP_TTL, MARK: STAMP_TTL}


@pytest.mark.parametrize("value", [b"bytes", 7, "", "no stamp", "one\nonly"])
def test_value_that_is_not_ours_is_nothing(shelf: Shelf, server: Server, value: object) -> None:
    server.kept[ONE.key] = value

    assert html_at(shelf, ONE) == [None]


def test_broken_backend_is_an_empty_shelf_and_is_counted(
    shelf: Shelf, server: Server, counters: Instrumentation, caplog: pytest.LogCaptureFixture
) -> None:
    server.is_broken = True

    with caplog.at_level(logging.ERROR, "realtime"):
        assert shelf.fetch([ONE, TWO]) == [NOTHING, NOTHING]
        shelf.store({ONE: Found("1")}, 30)
        shelf.forget(ONE.stamp)

    assert counters.fragment_failures == {"get": 1, "set": 1, "forget": 1}
    assert counters.failures == {"fragment cache": 3}
    assert "NoAnswerError" in caplog.text
    assert PAYLOAD not in caplog.text


def test_broken_backend_is_left_alone_and_tried_again(
    shelf: Shelf, server: Server, clock: Clock, counters: Instrumentation
) -> None:
    server.is_broken = True
    for _ in range(20):
        shelf.fetch([ONE])
        shelf.store({ONE: Found("1")}, 30)
    assert len(server.asked) == 5

    server.is_broken = False
    clock.now += 5.0
    lay_down(shelf, ONE, "1")

    assert html_at(shelf, ONE) == ["1"]
    assert shelf.breaker.state == "closed"


def test_slow_backend_is_counted_and_left_alone(
    shelf: Shelf, server: Server, clock: Clock, counters: Instrumentation
) -> None:
    lay_down(shelf, ONE, "1")

    def drag(operation: str) -> None:
        clock.now += 0.051

    server.before = drag
    found = [html_at(shelf, ONE) for _ in range(7)]

    assert found == [["1"]] * 5 + [[None]] * 2
    assert counters.fragment_failures == {"slow": 5}


def test_backend_at_the_limit_is_not_slow(shelf: Shelf, server: Server, clock: Clock) -> None:
    lay_down(shelf, ONE, "1")

    def drag(operation: str) -> None:
        clock.now += 0.05

    clock.now = 0.0
    server.before = drag
    assert html_at(shelf, ONE) == ["1"]
    assert shelf.breaker.state == "closed"


def test_forgetting_is_tried_while_the_backend_is_left_alone(shelf: Shelf, server: Server) -> None:
    lay_down(shelf, ONE, "1")
    server.is_broken = True
    for _ in range(5):
        shelf.fetch([ONE])
    assert shelf.breaker.state == "open"
    server.is_broken = False

    shelf.forget(ONE.stamp)

    assert ONE.stamp in server.kept


def test_opening_and_closing_are_told(server: Server, clock: Clock) -> None:
    told: list[object] = []
    counters = Instrumentation(hook=lambda event, /, **details: told.append((event, details)))
    shelf = Shelf(alias="default", instrumentation=counters, clock=clock)

    server.is_broken = True
    for _ in range(9):
        shelf.fetch([ONE])
    server.is_broken = False
    clock.now += 5.0
    shelf.fetch([ONE])

    assert told == [
        ("fragment cache", {"state": "open"}),
        ("fragment cache", {"state": "closed"}),
    ]


@pytest.mark.parametrize(
    ("backend", "instant"),
    [
        ("django.core.cache.backends.locmem.LocMemCache", True),
        ("django.core.cache.backends.dummy.DummyCache", True),
        ("tests.realtime.caches.RemoteCache", False),
        ("tests.realtime.caches.MissingCache", False),
    ],
)
def test_memory_alone_answers_at_once(settings: Settings, backend: str, *, instant: bool) -> None:
    settings.CACHES = {"default": {"BACKEND": backend}}

    shelf = Shelf(alias="default", instrumentation=Instrumentation())

    assert shelf.is_instant() is instant


def test_cache_that_is_not_in_the_settings_is_an_empty_shelf(counters: Instrumentation) -> None:
    shelf = Shelf(alias="nowhere", instrumentation=counters)

    assert shelf.fetch([ONE]) == [NOTHING]
    assert counters.fragment_failures == {"get": 1}
