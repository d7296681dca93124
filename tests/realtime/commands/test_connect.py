"""Connect: who the client is, and who is not let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.version import VERSION
from tests.wire import disconnect_push
from tests.wire_protobuf import text_only

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure, OpenData


async def test_connect_says_who_the_client_is_and_how_often_it_is_pinged(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data(connect=False)

    result = await wire.connect()

    (connection,) = engine.connections._all
    assert result == {"client": connection.id, "version": VERSION, "ping": 25, "pong": True}


async def test_connect_of_a_guest_where_guests_are_not_allowed_is_closed_with_3501(
    goby: Configure, open_data: OpenData
) -> None:
    goby(ALLOW_GUESTS=False)
    wire = await open_data(connect=False)

    wire.ask("connect")

    assert await wire.next() == disconnect_push(3501, "bad request: sign in first")
    assert await wire.closed() == 3501


async def test_connect_with_a_token_is_closed_with_3500(open_data: OpenData) -> None:
    wire = await open_data(connect=False)

    wire.ask("connect", token="eyJhbGciOiJub25lIn0.e30.")

    assert await wire.next() == disconnect_push(3500, "invalid token")
    assert await wire.closed() == 3500


@text_only
async def test_connect_that_is_refused_leaves_the_connection_of_no_use(
    open_data: OpenData,
) -> None:
    wire = await open_data(connect=False)

    assert (await wire.call("connect", token=5))["error"]["code"] == 107
    wire.ask("rpc", method="wire.echo")

    assert await wire.closed() == 3501
