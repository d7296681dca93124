"""Bad input that is well-formed: wrong types, missing fields, too many subscriptions, refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from realtime import registry
from tests.realtime.consumers.refusals import (
    MARKER,
    assert_data_refuses,
    assert_html_shows,
    error_fragment,
    form,
)
from tests.wire import LOBBY, DataWire

if TYPE_CHECKING:
    from tests.wire import OpenData, OpenHTML

UNREADABLE = "This page sent something that cannot be read. Please reload it and try again."
FAILED = "Something went wrong here. Please try again."


# Fields of the wrong type, and fields that are missing


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("subscribe", {"channel": [MARKER]}),
        ("subscribe", {}),
        ("subscribe", MARKER),
        ("subscribe", None),
        ("unsubscribe", {"channel": None}),
        ("unsubscribe", []),
        ("publish", {"channel": LOBBY}),
        ("publish", {"channel": {"name": MARKER}, "data": 1}),
        ("rpc", {"method": {"name": MARKER}}),
        ("rpc", {"method": "wire.echo", "data": MARKER}),
        ("rpc", {"method": "wire.echo", "data": {"text": [MARKER]}}),
        ("rpc", {"method": "wire.echo", "data": {"text": None}}),
        ("rpc", {"method": "wire.echo", "data": {MARKER: "text"}}),
        ("rpc", {"method": "wire.post", "data": {"name": MARKER}}),
        ("rpc", 5),
    ],
)
async def test_wrong_type_or_missing_field_is_refused_with_107(
    name: str, body: object, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = json.dumps({"id": 9, name: body})
    await assert_data_refuses(wire, text, bystander, code=107)


@pytest.mark.parametrize(
    "values",
    [
        {"text": MARKER},
        {"action": [MARKER]},
        {"action": None},
        {"action": "wire.echo", "text": [MARKER, MARKER]},
        {"action": "wire.echo", "text": None},
        {"action": "wire.echo", MARKER: "text"},
        {"action": "wire.post", "name": MARKER},
    ],
)
async def test_wrong_type_or_missing_field_shows_an_error_on_the_html_socket(
    values: dict[str, object], open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    await assert_html_shows(wire, json.dumps(values), bystander, sentence=UNREADABLE, code=107)


# Too much


async def test_subscription_129_is_refused_with_106(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    for number in range(128):
        assert "subscribe" in await wire.call("subscribe", channel=f"wire.open.{number}")
    text = wire.command("subscribe", channel=f"wire.open.{MARKER}")
    await assert_data_refuses(wire, text, bystander, code=106)
    await wire.call("unsubscribe", channel="wire.open.5")
    assert "subscribe" in await wire.call("subscribe", channel="wire.open.128")


async def test_page_with_129_topics_follows_128_and_shows_an_error(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html(*(f"wire.open.{number}" for number in range(129)))
    sentence = "This page follows too much at once."
    assert (await wire.text()).startswith(error_fragment(sentence))
    assert registry.engine().hub.router.subscriptions == 128
    assert registry.engine().instrumentation.errors == {106: 1}
    await bystander.works()


# What is not allowed, and what breaks


@pytest.mark.parametrize("topic", ["wire.plain", "wire.closed", "wire.members", "chat.room.lobby"])
async def test_publish_where_the_topic_does_not_allow_it_is_refused_with_103(
    topic: str, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = wire.command("publish", channel=topic, data={"text": MARKER})
    await assert_data_refuses(wire, text, bystander, code=103)
    assert registry.engine().instrumentation.published == 0


async def test_action_that_raises_is_refused_with_a_temporary_100(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = wire.command("rpc", method="wire.raise", data={"text": MARKER})
    error = await assert_data_refuses(wire, text, bystander, code=100)
    assert error == {"code": 100, "message": "internal server error", "temporary": True}
    assert registry.engine().instrumentation.failures == {"action wire.raise": 1}


async def test_action_that_raises_shows_an_error_on_the_html_socket(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    text = form("wire.raise", text=MARKER)
    await assert_html_shows(wire, text, bystander, sentence=FAILED, code=100)
    assert registry.engine().instrumentation.failures == {"action wire.raise": 1}
