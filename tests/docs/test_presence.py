"""The reference of the presence app says what its code says."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields

from presence import desk, rooms, topics
from presence.conf import KEYS, Settings
from presence.news import data_of
from presence.people import Diff
from presence.templatetags.presence import register
from realtime import actions
from tests.docs.pages import first_cells, read, rows

PAGE = read("reference/presence.md")


def test_settings_have_type_and_default() -> None:
    documented = {
        row[0].strip("`"): (row[1], ast.literal_eval(row[3]))
        for row in rows(PAGE)
        if row[0].strip("`") in KEYS
    }

    assert documented == {
        item.name.upper(): (str(item.type), item.default) for item in fields(Settings)
    }


def test_topics_are_those_of_the_code() -> None:
    declared = {topic.pattern.text for topic in (topics.site, topics.people, topics.typing)}

    assert declared <= first_cells(PAGE)


def test_actions_have_their_arguments() -> None:
    found = {name for name in actions._actions if name.startswith("presence.")}

    assert found <= first_cells(PAGE)
    for name in found:
        [row] = [row for row in rows(PAGE) if row[0] == f"`{name}`"]
        assert all(f"`{argument}`" in row[2] for argument in actions.find(name).parameters)


def test_diff_has_its_fields() -> None:
    diff = Diff(room="test.room", joins=(), leaves=(), count=0, guests=0)

    assert set(data_of(diff)) <= first_cells(PAGE)


def test_every_tag_is_there() -> None:
    for name in register.tags:
        assert f"{{% {name} " in PAGE
    for name in register.filters:
        assert f"user\\|{name}" in PAGE


def test_functions_are_those_of_the_code() -> None:
    assert list(inspect.signature(rooms.companions_of).parameters) == ["topic"]
    assert list(inspect.signature(desk.attendance).parameters) == ["room", "limit"]
    assert callable(desk.is_online)
