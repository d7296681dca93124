"""RPC and send: actions by name, and how they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.wire import LOBBY
from tests.wire_protobuf import text_only

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import OpenData


async def test_rpc_returns_what_the_action_returns(open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("rpc", method="wire.echo", data={"text": "hi"})

    assert reply == {"id": 2, "rpc": {"data": {"text": "hi"}}}


async def test_rpc_without_data_calls_the_action_without_arguments(open_data: OpenData) -> None:
    wire = await open_data()

    assert (await wire.call("rpc", method="wire.echo"))["rpc"] == {"data": {"text": ""}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"method": "wire.nothing"}, {"code": 104, "message": "method not found"}),
        ({}, {"code": 104, "message": "method not found"}),
        ({"method": "wire.members"}, {"code": 103, "message": "permission denied"}),
        (
            {"method": "wire.echo", "data": [1]},
            {"code": 107, "message": "bad request: data must be an object"},
        ),
        (
            {"method": "wire.echo", "data": {"text": 5}},
            {"code": 107, "message": "bad request: text must be text"},
        ),
        (
            {"method": "wire.echo", "data": {"color": "red"}},
            {"code": 107, "message": "bad request: there is an unknown argument"},
        ),
        (
            {"method": "wire.post", "data": {"name": "x"}},
            {"code": 107, "message": "bad request: text is missing"},
        ),
        ({"method": "wire.refuse"}, {"code": 1009, "message": "Not on a Monday."}),
        (
            {"method": "wire.raise"},
            {"code": 100, "message": "internal server error", "temporary": True},
        ),
        ({"method": "wire.unencodable"}, {"code": 100, "message": "internal server error"}),
    ],
)
async def test_rpc_that_fails_is_answered_with_an_error(
    body: dict[str, object], error: dict[str, Any], open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    assert await wire.call("rpc", **body) == {"id": 2, "error": error}
    assert engine.instrumentation.errors == {error["code"]: 1}
    await wire.works()


@text_only
async def test_method_that_is_no_text_is_refused_with_107(open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("rpc", method=1)

    error = {"code": 107, "message": "bad request: method must be a string"}
    assert reply == {"id": 2, "error": error}


async def test_send_performs_an_action_without_a_reply(open_data: OpenData) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=LOBBY)

    data = {"action": "wire.post", "name": "lobby", "text": "hi"}
    wire.send({"send": {"data": data}})

    assert (await wire.push())["pub"]["data"] == {"text": "hi"}
    await wire.works()


@pytest.mark.parametrize(
    ("data", "code"),
    [({}, 104), ({"action": "wire.nothing"}, 104), ({"action": 1}, 107), ([1], 107)],
)
async def test_send_that_is_refused_is_counted_and_not_answered(
    data: object, code: int, open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    wire.send({"send": {"data": data}})

    await wire.works()
    assert engine.instrumentation.errors == {code: 1}
