"""Declared topics in the document: who may what, what is kept, and what goes over them."""

from __future__ import annotations

import runpy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from realtime import History, Topic, registry
from realtime.asyncapi import topics
from realtime.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAYGROUND = Path(__file__).parents[2] / "playground" / "topics.py"


@pytest.fixture(autouse=True)
def catalog(site: None) -> Iterator[Catalog]:
    """A site that declares nothing yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "catalog", Catalog())
        yield registry.catalog


def _is_member(_client: Any, *, name: str) -> bool:
    return name == "ours"


def only(found: dict[str, Any]) -> Any:
    """Return the one value of a mapping."""
    [value] = found.values()
    return value


def refs(part: list[dict[str, str]]) -> list[str]:
    """Return the last step of each reference."""
    return [each["$ref"].rpartition("/")[2] for each in part]


def test_topic_is_a_channel_with_its_parameters() -> None:
    Topic("chat.{room}.{kind}")

    channel = only(topics.channels())

    assert channel["address"] == "chat.{room}.{kind}"
    assert list(channel["parameters"]) == ["room", "kind"]


def test_topic_says_all_its_options() -> None:
    Topic(
        "$team.{name}",
        fragment="team/line.html",
        history=History(size=5, ttl=60, recovery="latest"),
        overflow="latest",
        can_subscribe=_is_member,
        can_history="signed_in",
        can_presence=partial(_is_member, name="x"),
        presence=True,
    )

    said = only(topics.channels())["x-topic"]

    assert (
        said.items()
        >= {
            "private": True,
            "fragment": "team/line.html",
            "overflow": "latest",
            "can_subscribe": "_is_member",
            "can_publish": "nobody",
            "can_history": "signed_in",
            "can_presence": "partial",
            "presence": True,
            "join_leave": False,
        }.items()
    )
    assert said["history"] == {"size": 5, "ttl": 60, "meta_ttl": 2_592_000, "recovery": "latest"}


def test_topic_without_a_history_says_so() -> None:
    Topic("plain")

    said = only(topics.channels())["x-topic"]

    assert (said["history"], said["private"]) == (None, False)


def test_topic_that_nobody_publishes_on_only_sends_publications() -> None:
    Topic("news", can_subscribe="anyone")

    assert list(topics.operations()) == ["topic.news"]
    assert topics.operations()["topic.news"]["action"] == "send"
    assert refs(topics.operations()["topic.news"]["messages"]) == ["push.pub"]
    assert list(only(topics.channels())["messages"]) == ["push.pub"]


def test_topic_with_joins_and_publishers_has_their_messages() -> None:
    Topic("board.{id}", can_publish="anyone", presence=True, join_leave=True)

    sent, received = topics.operations().values()

    assert refs(sent["messages"]) == ["push.pub", "push.join", "push.leave"]
    assert (received["action"], refs(received["messages"])) == ("receive", ["publish"])
    assert set(only(topics.channels())["messages"]) == {
        "push.pub",
        "push.join",
        "push.leave",
        "publish",
    }


def test_every_topic_of_the_playground_is_there_in_its_order(catalog: Catalog) -> None:
    runpy.run_path(str(PLAYGROUND))

    found = [channel["address"] for channel in topics.channels().values()]

    assert found == [pattern.text for pattern, _ in catalog]
    assert "play.stream.{name}" in found
