"""What tokens tell others of a client: when it comes, while it is there, and when it publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.tokens import KEYS, mint

if TYPE_CHECKING:
    from tests.wire import Configure, DataWire, OpenData

ROOM = "wire.present.room"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _configured(goby: Configure) -> None:
    """A site with a key, which knows none of the tokens' users."""
    goby(TOKEN_KEYS=KEYS, ALLOW_UNKNOWN_USERS=True)


async def ann(open_data: OpenData, **claims: Any) -> tuple[DataWire, dict[str, Any]]:
    """Connect as Ann; return what others are to know of her."""
    wire = await open_data(connect=False)
    token = mint(sub="7", info={"name": "Ann"}, **claims)
    reply = await wire.call("connect", token=token)
    client = reply["connect"]["client"]
    return wire, {"user": "7", "client": client, "conn_info": {"name": "Ann"}}


async def test_info_of_both_tokens_is_told_wherever_the_client_shows(open_data: OpenData) -> None:
    wire, info = await ann(open_data)
    told = {**info, "chan_info": ["owner"]}
    token = mint(sub="7", channel=ROOM, info=["owner"])

    await wire.call("subscribe", channel=ROOM, token=token, join_leave=True)
    assert (await wire.push())["join"]["info"] == told

    reply = await wire.call("presence", channel=ROOM)
    assert reply["presence"]["presence"] == {info["client"]: told}

    await wire.call("publish", channel=ROOM, data="hi")
    assert (await wire.push())["pub"]["info"] == told


async def test_info_of_one_topic_is_not_told_on_another(open_data: OpenData) -> None:
    wire, info = await ann(open_data)
    token = mint(sub="7", channel=ROOM, info=["owner"])
    await wire.call("subscribe", channel=ROOM, token=token)

    await wire.call("subscribe", channel="wire.present.other", join_leave=True)

    assert (await wire.push())["join"]["info"] == info


async def test_topic_of_the_connection_token_makes_present_from_the_connect_on(
    open_data: OpenData,
) -> None:
    wire, info = await ann(open_data, channels=[ROOM])

    assert await wire.push() == {"channel": ROOM, "join": {"info": info}}
    reply = await wire.call("presence_stats", channel=ROOM)
    assert reply["presence_stats"] == {"num_clients": 1, "num_users": 1}


async def test_refused_connect_leaves_nobody_behind(open_data: OpenData) -> None:
    watcher = await open_data()
    await watcher.call("subscribe", channel=ROOM)
    wire = await open_data(connect=False)

    token = mint(sub="7", channels=[ROOM, "wire.nothing"])
    reply = await wire.call("connect", token=token)
    await wire.disconnect()

    assert reply["error"]["code"] == 102
    stats = await watcher.call("presence_stats", channel=ROOM)
    assert stats["presence_stats"] == {"num_clients": 1, "num_users": 1}
