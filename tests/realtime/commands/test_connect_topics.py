"""Topics that a connection token names: the client follows them from its connect on."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from realtime.recovery import Recovery
from tests.realtime.commands.credentials import (
    OWN,
    PRIVATE,
    connect,
    declared,
)
from tests.tokens import KEYS, mint
from tests.wire import disconnect_push, publish
from tests.wire_protobuf import text_only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime import History, registry
    from realtime.message import Position
    from tests.wire import Configure, OpenData

PLAIN, KEPT, CLOSED = "wire.plain", "wire.open.lobby", "wire.closed"


@pytest.fixture(autouse=True)
def configured(goby: Configure) -> Iterator[registry.Engine]:
    """A site with a key."""
    with declared():
        yield goby(TOKEN_KEYS=KEYS, TOPICS_PER_CONNECTION=3)


async def test_client_follows_what_its_token_names(open_data: OpenData) -> None:
    wire = await open_data(connect=False)

    result = await connect(wire, mint(channels=[PLAIN, CLOSED], subs={PRIVATE: {}}))
    for topic in (PLAIN, CLOSED, PRIVATE):
        await publish(topic, topic)

    epoch = result["subs"][PRIVATE]["epoch"]
    positioned = {"recoverable": True, "positioned": True, "epoch": epoch}
    assert result["subs"] == {PLAIN: {}, CLOSED: {}, PRIVATE: positioned}
    assert [(await wire.push())["channel"] for _ in range(3)] == [PLAIN, CLOSED, PRIVATE]


async def test_client_that_comes_back_recovers_what_it_missed(open_data: OpenData) -> None:
    token = mint(channels=[KEPT])
    first = await open_data(connect=False)
    epoch = (await connect(first, token))["subs"][KEPT]["epoch"]
    await first.disconnect()
    await publish(KEPT, "missed")

    second = await open_data(connect=False)
    since = {"recover": True, "epoch": epoch}
    result = (await connect(second, token, subs={KEPT: since, "not.mine": {}}))["subs"]

    assert list(result) == [KEPT]
    assert result[KEPT]["recovered"] is True
    assert [pub["data"] for pub in result[KEPT]["publications"]] == ["missed"]


async def test_reply_leaves_before_what_is_published_while_the_topics_are_read(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    position, published = Recovery.position, asyncio.Event()

    async def slow(recovery: Recovery, topic: str, history: History) -> Position:
        found = await position(recovery, topic, history)
        if topic == PRIVATE:
            await publish(KEPT, "meanwhile")
            published.set()
        return found

    monkeypatch.setattr(Recovery, "position", slow)
    wire = await open_data(connect=False)

    result = await connect(wire, mint(channels=[KEPT, PRIVATE]))

    assert published.is_set()
    assert "offset" not in result["subs"][KEPT]
    assert await wire.push() == {"channel": KEPT, "pub": {"data": "meanwhile", "offset": 1}}


async def test_hole_in_such_a_topic_lets_the_client_connect_again(
    open_data: OpenData, configured: registry.Engine
) -> None:
    wire = await open_data(connect=False)
    await connect(wire, mint(channels=[KEPT]))

    configured.hub.lose(KEPT)

    assert await wire.next() == disconnect_push(3010, "insufficient state")
    assert await wire.closed() == 3010


@pytest.mark.parametrize(
    ("topics", "code"),
    [(["no.such.topic"], 102), ([PLAIN, OWN], 103), ([PLAIN, KEPT, CLOSED, PRIVATE], 106)],
)
async def test_topic_that_cannot_be_followed_refuses_the_connect(
    topics: list[str], code: int, open_data: OpenData, configured: registry.Engine
) -> None:
    wire = await open_data(connect=False)

    reply = await wire.call("connect", token=mint(channels=topics))

    assert reply["error"]["code"] == code
    assert configured.hub.router.topics == 0


@text_only
@pytest.mark.parametrize("subs", [[], 5, {KEPT: 5}, {KEPT: {"recover": "yes"}}])
async def test_subs_of_another_shape_are_a_bad_request(subs: object, open_data: OpenData) -> None:
    wire = await open_data(connect=False)

    reply = await wire.call("connect", token=mint(channels=[KEPT]), subs=subs)

    assert reply["error"]["code"] == 107


async def test_client_may_unsubscribe_from_what_its_token_named(open_data: OpenData) -> None:
    wire = await open_data(connect=False)
    await connect(wire, mint(channels=[PLAIN]))

    assert "unsubscribe" in await wire.call("unsubscribe", channel=PLAIN)
    await publish(PLAIN, 1)
    await wire.works()


@text_only
async def test_token_that_was_good_once_is_no_connection_for_ever(open_data: OpenData) -> None:
    wire = await open_data(connect=False)

    refused = await wire.call("connect", token=mint(exp=int(time.time()) + 60), subs=[])
    wire.ask("connect")

    assert refused["error"]["code"] == 107
    assert await wire.closed() == 3501
