"""The Data socket: what comes first, topics, frames and ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async

from tests.wire import LOBBY, DataWire, disconnect_push, publish
from tests.wire_protobuf import in_both_forms, text_only

if TYPE_CHECKING:
    from django.test import Client as Browser

    from realtime import registry
    from tests.wire import Configure, OpenData

CONNECT: dict[str, Any] = {"id": 1, "connect": {}}

form = in_both_forms()


async def test_connection_that_never_connects_is_closed_as_stale(
    goby: Configure, open_data: OpenData
) -> None:
    goby(CONNECT_TIMEOUT=0.01)
    wire = await open_data(connect=False)

    assert await wire.next() == disconnect_push(3502, "stale")
    assert await wire.closed() == 3502


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([{"id": 1, "subscribe": {"channel": "wire.plain"}}], "connect first"),
        ([{"send": {"data": {}}}], "connect first"),
        ([{}], "unsolicited pong"),
        ([CONNECT, {"id": 2, "connect": {}}], "connected already"),
        ([CONNECT, {}], "unsolicited pong"),
        ([{"connect": {}}], "a command needs an id"),
        ([CONNECT, {"rpc": {"method": "wire.echo"}}], "a command needs an id"),
    ],
)
async def test_command_out_of_order_or_without_an_id_is_closed_with_3501(
    frames: list[dict[str, Any]], reason: str, open_data: OpenData
) -> None:
    wire = await open_data(connect=False)

    for frame in frames:
        wire.send(frame)

    if CONNECT in frames:
        assert "connect" in await wire.next()
    assert await wire.next() == disconnect_push(3501, f"bad request: {reason}")
    assert await wire.closed() == 3501


@text_only
@pytest.mark.parametrize("identity", [-1, True, "1", 4_294_967_296])
async def test_id_that_is_none_is_closed_with_3501(identity: object, open_data: OpenData) -> None:
    wire = await open_data(connect=False)

    wire.send({"id": identity, "connect": {}})

    assert await wire.next() == disconnect_push(3501, "bad request: an id is a whole number")
    assert await wire.closed() == 3501


# Topics


async def test_subscriber_receives_what_is_published_until_it_unsubscribes(
    open_data: OpenData,
) -> None:
    wire = await open_data()

    assert (await wire.call("subscribe", channel=LOBBY))["id"] == 2
    await publish(LOBBY, {"text": "one"})
    assert await wire.push() == {"channel": LOBBY, "pub": {"data": {"text": "one"}, "offset": 1}}

    assert await wire.call("unsubscribe", channel=LOBBY) == {"id": 3, "unsubscribe": {}}
    await publish(LOBBY, {"text": "two"})
    await wire.works()


async def test_subscribe_tells_the_position_of_the_topic(open_data: OpenData) -> None:
    first = await open_data()
    await first.call("subscribe", channel=LOBBY)
    await publish(LOBBY, {"text": "one"})
    second = await open_data()

    result = (await second.call("subscribe", channel=LOBBY))["subscribe"]

    assert result["offset"] == 1
    assert result["epoch"]


async def test_publication_on_a_topic_without_history_has_no_offset(open_data: OpenData) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel="wire.plain")

    await publish("wire.plain", 7)

    assert await wire.push() == {"channel": "wire.plain", "pub": {"data": 7}}


@pytest.mark.parametrize(
    ("topic", "code", "message"),
    [
        ("wire.nothing", 102, "unknown channel"),
        ("wire.open.a.b", 102, "unknown channel"),
        ("wire.open. ", 102, "unknown channel"),
        ("wire.closed", 103, "permission denied"),
        ("wire.members", 103, "permission denied"),
        ("", 107, "bad request: channel is missing or too long"),
        ("wire.open." + "x" * 246, 107, "bad request: channel is missing or too long"),
    ],
)
async def test_subscribe_that_may_not_be_is_refused(
    topic: str, code: int, message: str, open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    reply = await wire.call("subscribe", channel=topic)

    assert reply == {"id": 2, "error": {"code": code, "message": message}}
    assert engine.hub.router.subscriptions == 0
    await wire.works()


@text_only
async def test_topic_that_is_no_text_is_refused(open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("subscribe", channel=5)

    error = {"code": 107, "message": "bad request: channel must be a string"}
    assert reply == {"id": 2, "error": error}


async def test_subscribe_to_the_longest_topic_name_is_allowed(open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("subscribe", channel="wire.open." + "x" * 245)

    assert "subscribe" in reply


async def test_subscribe_twice_is_refused_with_105(open_data: OpenData) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=LOBBY)

    reply = await wire.call("subscribe", channel=LOBBY)

    assert reply["error"] == {"code": 105, "message": "already subscribed"}
    await publish(LOBBY, 1)
    await wire.push()
    await wire.works()  # the publication came once


async def test_permission_that_raises_refuses_with_a_temporary_error(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    reply = await wire.call("subscribe", channel="wire.failing")

    assert reply["error"] == {"code": 100, "message": "internal server error", "temporary": True}
    assert engine.instrumentation.failures == {"permission": 1}


# Frames


async def test_batch_is_handled_in_its_order_and_each_reply_has_its_id(
    open_data: OpenData,
) -> None:
    wire = await open_data(connect=False)
    posted = {"name": "lobby", "text": "hi"}

    wire.send(
        wire.numbered("connect", name="python"),
        wire.numbered("subscribe", channel=LOBBY),
        wire.numbered("rpc", method="wire.post", data=posted),
        wire.numbered("unsubscribe", channel=LOBBY),
        wire.numbered("subscribe", channel="wire.nothing"),
    )

    objects = [await wire.next() for _ in range(6)]
    assert [item.get("id") for item in objects] == [1, 2, None, 3, 4, 5]
    assert objects[2]["push"]["pub"]["data"] == {"text": "hi"}
    assert objects[5]["error"]["code"] == 102


async def test_ids_may_be_any_positive_numbers(open_data: OpenData) -> None:
    wire = await open_data()

    for identity in (40, 7, 4294967295):
        wire.send({"id": identity, "rpc": {"method": "wire.echo"}})
        assert (await wire.next())["id"] == identity


@text_only
async def test_unknown_fields_are_ignored(open_data: OpenData) -> None:
    wire = await open_data()

    wire.send_text('{"id":5,"time":1,"rpc":{"method":"wire.echo","color":"red"}}')

    assert "rpc" in await wire.next()


@text_only
async def test_data_with_newlines_and_other_scripts_stays_one_line(open_data: OpenData) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=LOBBY)
    text = "a\nb\r\n\u2028 日本 🐟"

    await wire.call("publish", channel=LOBBY, data={"text": text})

    assert (await wire.push())["pub"]["data"]["text"] == text
    for frame in wire.texts:
        assert all(isinstance(json.loads(line), dict) for line in frame.split("\n"))


@pytest.mark.django_db(transaction=True)
async def test_session_user_is_recognised_and_may_do_what_members_may(
    goby: Configure, open_data: OpenData, client: Browser, django_user_model: Any
) -> None:
    goby(ALLOW_GUESTS=False)
    user = await sync_to_async(django_user_model.objects.create_user)(username="ada")
    await sync_to_async(client.force_login)(user)
    wire: DataWire = await open_data(cookie=f"sessionid={client.cookies['sessionid'].value}")

    assert "subscribe" in await wire.call("subscribe", channel="wire.members")
    assert "rpc" in await wire.call("rpc", method="wire.members")
    assert (await wire.call("publish", channel="wire.members", data=1))["error"]["code"] == 103
    assert await wire.call("publish", channel=LOBBY, data=1) == {"id": 5, "publish": {}}
