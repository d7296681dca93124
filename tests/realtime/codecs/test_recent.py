"""Texts of a moment ago: found for a while, within a bound."""

from __future__ import annotations

import pytest

from realtime.codecs.recent import Recent
from tests.realtime.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recent(clock: Clock) -> Recent:
    return Recent(ttl=5.0, max_size=10, clock=clock)


def test_text_is_found_for_a_while(recent: Recent, clock: Clock) -> None:
    recent.put("a", "text")

    clock.now += 4.999
    assert recent.get("a") == "text"
    clock.now += 0.001
    assert recent.get("a") is None


def test_empty_text_is_found_too(recent: Recent) -> None:
    recent.put("a", "")

    assert (recent.get("a"), recent.get("b")) == ("", None)


def test_oldest_goes_when_there_is_too_much(recent: Recent) -> None:
    recent.put("a", "four")
    recent.put("b", "four")
    recent.put("c", "four")

    assert [recent.get(key) for key in "abc"] == [None, "four", "four"]
    assert len(recent) == 2


def test_text_beyond_the_bound_is_not_kept(recent: Recent) -> None:
    recent.put("a", "more than ten")

    assert len(recent) == 0
    recent.put("b", "x" * 10)
    assert recent.get("b") == "x" * 10


def test_what_is_too_old_is_let_go(recent: Recent, clock: Clock) -> None:
    recent.put("a", "1")
    clock.now += 5.0
    recent.put("b", "2")

    assert len(recent) == 1


def test_text_of_the_same_key_takes_its_place(recent: Recent) -> None:
    for text in ("x" * 10, "y" * 10):
        recent.put("a", text)

    assert recent.get("a") == "y" * 10
    assert len(recent) == 1
