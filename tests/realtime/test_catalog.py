"""Declared topics: closed by default, and the first declaration decides."""

from __future__ import annotations

import pytest

from realtime import catalog as catalog_module
from realtime.catalog import Catalog, Options, Resolved
from realtime.exceptions import ConfigurationError, TermsError
from realtime.history import History
from realtime.router import Pattern
from realtime.terms import AS_DECLARED, OVERRIDES, Override

LOBBY = Options(fragment="lobby.html")
ROOM = Options(fragment="room.html")


def test_topic_that_nobody_declared_does_not_exist() -> None:
    assert Catalog().resolve("chat.room.lobby") is None


def test_declared_topic_lets_nobody_in_unless_it_says_so() -> None:
    options = Options()

    assert (options.can_subscribe, options.can_publish) == ("nobody", "nobody")
    assert (options.history, options.fragment, options.overflow) == (None, "", "close")


def test_declared_topic_resolves_to_options_and_parameters() -> None:
    catalog = Catalog()
    catalog.add(Pattern("chat.room.{slug}"), ROOM)

    assert catalog.resolve("chat.room.lobby") == Resolved(ROOM, {"slug": "lobby"})
    assert catalog.resolve("chat.room") is None


def test_first_declaration_that_matches_decides() -> None:
    catalog = Catalog()
    catalog.add(Pattern("room.lobby"), LOBBY)
    catalog.add(Pattern("room.{slug}"), ROOM)

    assert catalog.resolve("room.lobby") == Resolved(LOBBY, {})
    assert catalog.resolve("room.other") == Resolved(ROOM, {"slug": "other"})


def test_same_declaration_twice_is_refused() -> None:
    catalog = Catalog()
    catalog.add(Pattern("room.{slug}"), ROOM)

    with pytest.raises(ConfigurationError, match=r'Topic "room.\{slug\}" is declared twice'):
        catalog.add(Pattern("room.{slug}"), LOBBY)


def test_resolution_is_remembered() -> None:
    catalog = Catalog()
    catalog.add(Pattern("room.{slug}"), ROOM)

    assert catalog.resolve("room.a") is catalog.resolve("room.a")


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_module, "CACHE_SIZE", 3)
    catalog = Catalog()
    catalog.add(Pattern("room.{slug}"), ROOM)

    for number in range(10):
        assert catalog.resolve(f"room.{number}") == Resolved(ROOM, {"slug": str(number)})
        assert len(catalog._resolved) <= 3


def test_names_that_do_not_exist_are_not_remembered() -> None:
    catalog = Catalog()

    for number in range(10):
        catalog.resolve(f"nowhere.{number}")

    assert catalog._resolved == {}


def test_removed_declaration_is_forgotten() -> None:
    catalog, pattern = Catalog(), Pattern("room.{slug}")
    catalog.add(pattern, ROOM)
    catalog.resolve("room.a")

    catalog.remove(pattern)

    assert catalog.resolve("room.a") is None
    assert list(catalog) == []


def test_new_declaration_counts_for_names_that_were_resolved_before() -> None:
    catalog, room, lobby = Catalog(), Pattern("room.{slug}"), Pattern("room.lobby")
    catalog.add(lobby, LOBBY)
    catalog.resolve("room.lobby")
    catalog.remove(lobby)
    catalog.add(room, ROOM)

    assert catalog.resolve("room.lobby") == Resolved(ROOM, {"slug": "lobby"})


def test_declarations_are_listed_in_their_order() -> None:
    catalog, room, lobby = Catalog(), Pattern("room.{slug}"), Pattern("lobby")
    catalog.add(room, ROOM)
    catalog.add(lobby, LOBBY)

    assert list(catalog) == [(room, ROOM), (lobby, LOBBY)]


FULL = Options(presence=True, join_leave=True, history=History(size=1, ttl=1))


@pytest.mark.parametrize("name", OVERRIDES)
def test_override_takes_away_from_every_topic_but_adds_to_none(name: str) -> None:
    for options in (Options(), FULL):
        options.check_override(AS_DECLARED)
        options.check_override(Override(**{name: False}))
    FULL.check_override(Override(**{name: True}))

    with pytest.raises(TermsError, match=f"declared without what {name} asks for"):
        Options().check_override(Override(**{name: True}))


def test_topic_that_is_looked_up_is_the_same_and_costs_no_other_its_place() -> None:
    catalog = Catalog()
    catalog.add(Pattern("room.{slug}"), ROOM)
    remembered = catalog.resolve("room.a")

    for number in range(catalog_module.CACHE_SIZE + 1):
        assert catalog.look_up(f"room.{number}") == Resolved(ROOM, {"slug": str(number)})

    assert catalog.look_up("lobby") is None
    assert catalog.look_up("room.a") is catalog.resolve("room.a") is remembered


@pytest.mark.parametrize("history", [None, History(size=1, ttl=1, recovery="latest")])
def test_delta_needs_a_history_of_which_nothing_is_dropped(history: History | None) -> None:
    assert Options(delta=True, history=History(size=1, ttl=1)).delta

    with pytest.raises(ConfigurationError, match="from a publication that the client surely has"):
        Options(delta=True, history=history, overflow="latest" if history else "close")
