"""By what name somebody is seen: that of the user who came with the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presence.names import name_of
from realtime.message import ClientInfo
from tests.presence.conftest import HALL, id_of

if TYPE_CHECKING:
    from tests.presence.conftest import House


async def test_user_of_a_connection_has_the_name_of_the_account(house: House) -> None:
    await house.program("ann", HALL)
    [client] = await house.engine.presence.members(HALL)

    assert name_of(ClientInfo(user=id_of("ann"), client=client)) == "ann"


async def test_connection_without_a_host_leaves_the_id(house: House) -> None:
    await house.program("ann", HALL)
    [client] = await house.engine.presence.members(HALL)
    [connection] = house.engine.connections.of(id_of("ann"))
    connection.host = None

    assert name_of(ClientInfo(user=id_of("ann"), client=client)) == id_of("ann")


async def test_connection_of_another_process_leaves_the_id(house: House) -> None:
    assert name_of(ClientInfo(user="7", client="elsewhere")) == "7"


async def test_guest_has_no_name(house: House) -> None:
    assert name_of(ClientInfo(user="", client="one")) == ""
