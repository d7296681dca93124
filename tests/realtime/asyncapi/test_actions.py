"""Registered actions in the document: their arguments, judged as the site itself judges them."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from realtime import Client, actions
from realtime.arguments import bind
from realtime.asyncapi import actions as described
from realtime.exceptions import CommandError


def _typed(
    _client: Client,
    *,
    text: str,
    count: int = 1,
    ratio: float = 0.5,
    done: bool = False,
    extra: dict[str, object] | None = None,
    items: list[str] | None = None,
    before: int | None = None,
) -> None:
    """Take one of each kind.

    And say more below.
    """


async def _bare(_client: Client) -> None: ...


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two actions and no other."""
    monkeypatch.setattr(actions, "_actions", {})
    actions.action("try.typed", allow="signed_in", fragment="try/typed.html")(_typed)
    actions.action("try.bare", allow=lambda client: True)(_bare)


def payload(name: str, message: str) -> dict[str, Any]:
    """Return the schema of a message of an action."""
    found: dict[str, Any] = described.channels()[name]["messages"][message]["payload"]
    return found


def test_actions_are_channels_in_the_order_of_their_names() -> None:
    assert list(described.channels()) == ["action.try.bare", "action.try.typed"]
    assert list(described.operations()) == ["action.try.bare", "action.try.typed"]


def test_action_says_who_may_and_what_it_is_for() -> None:
    bare, typed = described.channels().values()

    assert typed["x-action"] == {"allow": "signed_in", "fragment": "try/typed.html"}
    assert typed["summary"] == "Take one of each kind."
    assert (typed["address"], bare["summary"]) == ("try.typed", "")
    assert "<lambda>" in bare["x-action"]["allow"]


def test_action_answers_with_a_fragment_only_where_it_has_one() -> None:
    bare, typed = described.operations().values()
    answers = [
        [each["$ref"].rpartition("/")[2] for each in operation["reply"]["messages"]]
        for operation in (bare, typed)
    ]

    assert answers == [["rpc.reply", "error"], ["rpc.reply", "error", "fragment"]]
    assert set(described.channels()["action.try.bare"]["messages"]) == {
        *("rpc", "form", "rpc.reply", "error"),
    }


ARGUMENTS: list[Any] = [
    {},
    {"text": "hi"},
    {"text": None},
    {"text": 7},
    {"text": "hi", "unknown": 1},
    {"text": "hi", "count": 2},
    {"text": "hi", "count": True},
    {"text": "hi", "count": 2.5},
    {"text": "hi", "count": None},
    {"text": "hi", "ratio": 1},
    {"text": "hi", "ratio": 1.5},
    {"text": "hi", "ratio": False},
    {"text": "hi", "done": True},
    {"text": "hi", "done": 1},
    {"text": "hi", "extra": {"a": 1}},
    {"text": "hi", "extra": None},
    {"text": "hi", "extra": []},
    {"text": "hi", "items": ["a"]},
    {"text": "hi", "items": {}},
    {"text": "hi", "before": None},
    {"text": "hi", "before": 17},
    {"text": "hi", "before": "17"},
    {"text": "hi", "count": "2", "ratio": "1.5", "done": "on"},
]


def fits(data: dict[str, Any], *, textual: bool) -> bool:
    """Return what the site itself says of the arguments."""
    try:
        bind(actions.find("try.typed").parameters, data, textual=textual)
    except CommandError:
        return False
    return True


@pytest.mark.parametrize("data", ARGUMENTS)
def test_rpc_is_valid_exactly_where_the_site_takes_it(data: dict[str, Any]) -> None:
    schema = payload("action.try.typed", "rpc")
    call = {"id": 1, "rpc": {"method": "try.typed", "data": data}}

    assert Draft7Validator(schema).is_valid(call) == fits(data, textual=False)


@pytest.mark.parametrize("data", ARGUMENTS)
def test_form_is_valid_exactly_where_the_site_takes_it(data: dict[str, Any]) -> None:
    schema = payload("action.try.typed", "form")
    form = {**data, "action": "try.typed", "headers": {}, "csrfmiddlewaretoken": "t"}

    assert Draft7Validator(schema).is_valid(form) == fits(data, textual=True)


def test_rpc_may_leave_out_data_where_no_argument_is_required() -> None:
    bare = Draft7Validator(payload("action.try.bare", "rpc"))
    typed = Draft7Validator(payload("action.try.typed", "rpc"))

    assert bare.is_valid({"id": 1, "rpc": {"method": "try.bare"}})
    assert not typed.is_valid({"id": 1, "rpc": {"method": "try.typed"}})
    assert not bare.is_valid({"id": 1, "rpc": {"method": "try.typed"}})
