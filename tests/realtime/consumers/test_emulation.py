"""Letters: commands of a client that reads a stream, each in a request of its own."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies

from goby_project.asgi import application
from realtime.codecs.client_pb2 import EmulationRequest
from realtime.consumers.emulation import Letter, _of_json, _of_protobuf
from realtime.consumers.exchange import RefusedError
from realtime.sessions import FRAME_COST
from tests.realtime.consumers.refusals import MARKER
from tests.request import letter, reading

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure

PROTOBUF = "application/octet-stream"
ECHO = {"id": 2, "rpc": {"method": "wire.echo", "data": {"text": "hi"}}}


async def test_command_of_a_letter_is_answered_by_the_stream(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        answer = await reader.write(ECHO)

        assert (answer.status, answer.text) == (204, "")
        assert await reader.events() == [{"id": 2, "rpc": {"data": {"text": "hi"}}}]
    assert engine.instrumentation.messages_received == {"data": 2}


async def test_letters_are_handled_in_the_order_in_which_they_came() -> None:
    async with reading(application) as reader:
        for number in range(2, 6):
            await reader.write({**ECHO, "id": number})

        replies: list[object] = []
        while len(replies) < 4:
            replies += [event["id"] for event in await reader.events()]
        assert replies == [2, 3, 4, 5]


async def test_letter_of_protobuf_delivers_bytes(engine: registry.Engine) -> None:
    with engine.sessions.opened() as session:
        request = EmulationRequest(node=engine.id, session=session.id, data=b"\x02\x08\x01")

        answer = await letter(application, PROTOBUF).answer(request.SerializeToString())

        assert (answer.status, answer.text) == (204, "")
        assert await session.receive() == {"type": "websocket.connect"}
        assert await session.receive() == {"type": "websocket.receive", "bytes": b"\x02\x08\x01"}


async def test_letter_to_a_session_that_is_gone_is_answered_as_if_delivered(
    engine: registry.Engine,
) -> None:
    async with reading(application) as reader:
        pass

    assert (await reader.write(ECHO)).status == 204
    assert engine.instrumentation.errors == {}


async def test_letter_to_another_process_is_refused_with_404(engine: registry.Engine) -> None:
    async with reading(application) as reader:
        answer = await reader.write(ECHO, node="another")

        assert answer.status == 404
        assert answer.text == "This process does not know your stream. Connect again."
        assert await reader.call(**ECHO) == {"id": 2, "rpc": {"data": {"text": "hi"}}}
    assert engine.instrumentation.errors == {404: 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"{}",
        b'{"session":"s","node":"n"}',
        b'{"session":"s","node":"n","data":""}',
        b'{"session":"s","node":"n","data":{"id":1}}',
        b'{"session":1,"node":"n","data":"x"}',
        b'{"session":"s","node":null,"data":"x"}',
        b'{"session":"s","node":"n","data":"\xff"}',
        b'{"session":"s","node":"n","data":"\\ud800"}',
        b"[" * 100_000,
    ],
)
async def test_letter_that_cannot_be_read_is_refused_with_400(
    body: bytes, engine: registry.Engine
) -> None:
    answer = await letter(application).answer(body)

    assert answer.status == 400
    assert answer.text.startswith("Send session, node and data")
    assert engine.instrumentation.errors == {400: 1}


@pytest.mark.parametrize("body", [b"", b"\xff", b"\x0a\x05ab", b"\x0a\x01\xff"])
async def test_protobuf_that_cannot_be_read_is_refused_with_400(
    body: bytes, engine: registry.Engine
) -> None:
    answer = await letter(application, PROTOBUF).answer(body)

    assert answer.status == 400
    assert engine.instrumentation.errors == {400: 1}


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_letter_of_another_media_type_is_refused_with_415(kind: str) -> None:
    answer = await letter(application, kind).answer("{}")

    assert (answer.status, answer.text) == (
        415,
        "Send application/json or application/octet-stream.",
    )


async def test_largest_message_is_delivered_even_if_all_of_it_is_escaped(goby: Configure) -> None:
    goby(MESSAGE_MAX_SIZE=2_000)
    async with reading(application) as reader:
        command = {"id": 2, "rpc": {"method": "wire.echo", "data": {"text": ""}}}
        room = (2_000 - len(json.dumps(command))) // 2
        command = {"id": 2, "rpc": {"method": "wire.echo", "data": {"text": '"' * room}}}

        assert await reader.call(**command) == {"id": 2, "rpc": {"data": {"text": '"' * room}}}


@pytest.mark.parametrize("text", ["x" * 2_001, "ä" * 1_001, "x" * 6_000])
async def test_message_that_is_too_big_is_refused_with_413_and_its_stream_goes_on(
    text: str, goby: Configure
) -> None:
    engine = goby(MESSAGE_MAX_SIZE=2_000)
    async with reading(application) as reader:
        assert (await reader.write(data=text)).status == 413

        assert await reader.call(**ECHO) == {"id": 2, "rpc": {"data": {"text": "hi"}}}
    assert engine.instrumentation.errors == {413: 1}


async def test_protobuf_that_is_too_big_is_refused_with_413(goby: Configure) -> None:
    engine = goby(MESSAGE_MAX_SIZE=2_000)
    request = EmulationRequest(node=engine.id, session="s", data=b"x" * 2_001)

    answer = await letter(application, PROTOBUF).answer(request.SerializeToString())

    assert answer.status == 413


async def test_letter_to_a_full_session_is_refused_with_429(goby: Configure) -> None:
    engine = goby(MESSAGE_MAX_SIZE=1_000)  # and four times as much may wait
    with engine.sessions.opened() as session:
        body = json.dumps({"session": session.id, "node": engine.id, "data": "x" * 1_000})
        statuses = [(await letter(application).answer(body)).status for _ in range(4)]

    assert 4_000 // (1_000 + FRAME_COST) == 3
    assert statuses == [204, 204, 204, 429]
    assert engine.instrumentation.errors == {429: 1}


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"host": "evil.example"}, {"origin": "null"}]
)
async def test_letter_of_a_foreign_page_is_not_delivered(headers: dict[str, str]) -> None:
    async with reading(application) as reader:
        where = {name: reader.result[name] for name in ("session", "node")}
        body = json.dumps({**where, "data": json.dumps({**ECHO, "id": 7})})

        assert (await letter(application, **headers).answer(body)).status == 403
        assert (await reader.call(**ECHO))["id"] == 2


async def test_log_has_neither_session_nor_data(log: pytest.LogCaptureFixture) -> None:
    body = json.dumps({"session": MARKER, "node": MARKER, "data": MARKER})

    assert (await letter(application).answer(body)).status == 404
    assert (await letter(application).answer(MARKER)).status == 400


@given(strategies.binary())
def test_any_bytes_are_a_letter_or_refused(body: bytes) -> None:
    for read in (_of_json, _of_protobuf):
        with suppress(RefusedError):
            assert isinstance(read(body), Letter)
