"""Which form of its protocol a connection of the Data socket speaks, and what it does not hear."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from goby_project.asgi import application
from realtime import registry
from realtime.codecs import client_pb2 as schema
from tests.protobuf import UNKNOWN_FIELD, frame_of, replies_of
from tests.realtime.consumers.refusals import MARKER
from tests.wire import DATA, LOBBY, DataWire, disconnect_push, opened, publish
from tests.wire_protobuf import ProtobufWire, QueryWire, binary_only, text_only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.wire import OpenData

PROTOBUF = "centrifuge-protobuf"


@asynccontextmanager
async def negotiated(subprotocols: list[str], query: str = "") -> AsyncIterator[tuple[Any, Any]]:
    """Open a connection that offers this, and yield it with what was agreed on."""
    path = f"{DATA}?{query}" if query else DATA
    wire = ProtobufWire(application, path)
    wire.scope["subprotocols"] = subprotocols
    accepted = await wire.handshake()
    assert accepted["type"] == "websocket.accept"
    yield wire, accepted["subprotocol"]
    await wire.disconnect()


@pytest.mark.parametrize(
    ("subprotocols", "query", "agreed"),
    [
        ([PROTOBUF], "", PROTOBUF),
        (["centrifuge-json", PROTOBUF], "", PROTOBUF),
        ([PROTOBUF], "format=json", PROTOBUF),
        ([PROTOBUF], "format=protobuf", PROTOBUF),
        ([], "format=protobuf", None),
        ([""], "format=protobuf&a=b", None),
        (["centrifuge-json"], "format=protobuf", None),
    ],
)
async def test_client_that_asks_for_it_is_spoken_to_in_protobuf(
    subprotocols: list[str], query: str, agreed: str | None, site: None
) -> None:
    async with negotiated(subprotocols, query) as (wire, subprotocol):
        assert subprotocol == agreed
        assert (await wire.connect())["client"]


@pytest.mark.parametrize(
    ("subprotocols", "query"),
    [
        ([], ""),
        ([""], ""),
        (["centrifuge-json"], ""),
        (["Centrifuge-Protobuf"], ""),
        ([], "format=json"),
        ([], "format="),
        ([], "format=PROTOBUF"),
        ([], "format=json&format=protobuf"),
        ([], "%66ormat=%FF"),
    ],
)
async def test_others_are_spoken_to_in_json_and_no_subprotocol_is_echoed(
    subprotocols: list[str], query: str, site: None
) -> None:
    async with negotiated(subprotocols, query) as (wire, subprotocol):
        assert subprotocol is None
        wire.send_text(json.dumps({"id": 1, "connect": {}}))
        assert json.loads(await wire.text())["connect"]["client"]


async def test_both_forms_follow_the_same_topics(site: None) -> None:
    async with (
        opened(DataWire(application)) as _,
        opened(text := DataWire(application)),
        opened(binary := ProtobufWire(application)),
        opened(queried := QueryWire(application)),
    ):
        wires = (text, binary, queried)
        for wire in wires:
            await wire.connect()
            await wire.call("subscribe", channel=LOBBY)

        await binary.call("publish", channel=LOBBY, data={"text": "ü"})
        await publish(LOBBY, None)

        pushes = [[await wire.push() for _ in range(2)] for wire in wires]
        assert pushes[0] == pushes[1] == pushes[2]
        assert pushes[0][1] == {"channel": LOBBY, "pub": {"data": None, "offset": 2}}
    assert registry.engine().instrumentation.encoded == {"json": 2, "protobuf": 2}


# Frames of the other form


@text_only
async def test_binary_frame_on_a_connection_of_texts_is_closed_with_3501(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()

    wire.send_bytes(frame_of({"id": 2, "rpc": {"method": MARKER}}))

    reason = "bad request: this connection speaks JSON text"
    assert await wire.next() == disconnect_push(3501, reason)
    assert await wire.closed() == 3501
    await bystander.works()


@binary_only
@pytest.mark.parametrize("text", ["", "{}", json.dumps({"id": 2, "rpc": {"method": MARKER}})])
async def test_text_on_a_connection_of_binary_frames_is_closed_with_3501(
    text: str, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()

    wire.send_text(text)

    reason = "bad request: this connection speaks Protobuf"
    assert await wire.next() == disconnect_push(3501, reason)
    assert await wire.closed() == 3501
    await bystander.works()


# Frames of the binary form


@binary_only
@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x05ab",
        b"\x80" * 9,
        b"\x01\xff",
        frame_of({"id": 2, "rpc": {}})[:-1],
        MARKER.encode(),
    ],
)
async def test_malformed_frame_is_closed_with_3501(
    frame: bytes, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()

    wire.send_bytes(frame)

    push = (await wire.next())["push"]["disconnect"]
    assert (push["code"], push["reason"][:12]) == (3501, "bad request:")
    assert await wire.closed() == 3501
    assert registry.engine().instrumentation.errors == {3501: 1}
    await bystander.works()


@binary_only
async def test_malformed_message_of_a_batch_performs_nothing_of_it(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    good = frame_of(wire.numbered("publish", channel=LOBBY, data=1))

    wire.send_bytes(good + b"\x02\x08")

    assert await wire.closed() == 3501
    assert registry.engine().instrumentation.published == 0
    await bystander.works()


@binary_only
async def test_oversized_frame_is_closed_with_1009(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()

    wire.ask("rpc", method="wire.echo", data={"text": MARKER * 6000})

    assert await wire.closed() == 1009
    assert wire.said.count(MARKER) == 0
    await bystander.works()


@binary_only
async def test_unknown_fields_are_ignored(open_data: OpenData) -> None:
    wire = await open_data()
    request = schema.RPCRequest(method="wire.echo").SerializeToString() + UNKNOWN_FIELD
    message = b"\x08\x07" + b"\x6a" + bytes([len(request)]) + request + UNKNOWN_FIELD

    wire.send_bytes(bytes([len(message)]) + message)

    assert await wire.next() == {"id": 7, "rpc": {"data": {"text": ""}}}


@binary_only
async def test_replies_of_a_batch_are_one_frame(open_data: OpenData) -> None:
    wire = await open_data()

    wire.send(*(wire.numbered("unsubscribe", channel=LOBBY) for _ in range(3)))

    assert [each.id for each in replies_of((await wire.frame())["bytes"])] == [2, 3, 4]
