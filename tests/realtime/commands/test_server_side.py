"""Subscriptions that the site makes: told to the client, with a position, and lost together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime import Topic, registry
from realtime.exceptions import CommandError
from realtime.message import Frame
from realtime.presence import Stats
from realtime.terms import Terms
from tests.wire import disconnect_push, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime.connections import Connection, Host
    from tests.wire import DataWire, OpenData

KEPT = "wire.kept.lobby"
PLAIN = "wire.plain"


def only_connection() -> Connection:
    """Return the connection of this test."""
    [connection] = registry.engine().connections._all
    return connection


def host() -> Host:
    """Return what serves the connection of this test."""
    found = only_connection().host
    assert found is not None
    return found


@pytest.fixture
async def wire(open_data: OpenData) -> DataWire:
    """A client that follows nothing."""
    return await open_data()


@pytest.fixture
def met() -> Iterator[str]:
    """A topic whose followers know of each other."""
    topic = Topic("wire.met", presence=True, join_leave=True)
    yield "wire.met"
    registry.catalog.remove(topic.pattern)


async def test_push_tells_the_position_of_a_topic_with_a_history(wire: DataWire) -> None:
    await publish(KEPT, "before")

    await host().subscribe(KEPT)
    await publish(KEPT, "after")

    told = (await wire.push())["subscribe"]
    assert told.pop("epoch")
    assert told == {"recoverable": True, "positioned": True, "offset": 1}
    assert (await wire.push())["pub"] == {"data": "after", "offset": 2}


async def test_topic_that_is_followed_already_goes_on(wire: DataWire) -> None:
    await wire.call("subscribe", channel=PLAIN)

    await host().subscribe(PLAIN)
    await publish(PLAIN, "goes on")

    assert (await wire.push())["pub"] == {"data": "goes on"}
    await wire.works()


async def test_client_before_its_connect_is_not_subscribed(open_data: OpenData) -> None:
    wire = await open_data(connect=False)

    await host().subscribe(PLAIN)

    await wire.connect()
    assert not only_connection().topics


async def test_unknown_topic_is_refused(wire: DataWire) -> None:
    with pytest.raises(CommandError, match="unknown channel"):
        await host().subscribe("no.such.topic")


async def test_connection_that_is_ending_follows_nothing(wire: DataWire) -> None:
    only_connection().close(3001, "shutdown")

    await host().subscribe(PLAIN)

    assert not only_connection().topics
    assert not registry.engine().hub.router.followers(PLAIN)


async def test_hole_while_the_position_is_read_closes_the_connection(
    wire: DataWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery = registry.engine().recovery
    position = type(recovery).position

    async def with_a_hole(self: object, *arguments: Any) -> object:
        router = registry.engine().hub.router
        for _, followers in router.match(KEPT):
            for follower in followers:
                follower.put(Frame("{}", 2, KEPT, offset=9))
        return await position(recovery, *arguments)

    monkeypatch.setattr(type(recovery), "position", with_a_hole)

    await host().subscribe(KEPT)

    assert await wire.next() == disconnect_push(3010, "insufficient state")
    assert await wire.closed() == 3010


async def test_lost_publication_closes_the_connection_which_then_recovers(wire: DataWire) -> None:
    await host().subscribe(KEPT)
    await wire.push()

    registry.engine().hub.lose(KEPT)

    assert await wire.next() == disconnect_push(3010, "insufficient state")
    assert await wire.closed() == 3010


async def test_own_subscription_after_it_is_lost_alone(wire: DataWire) -> None:
    await host().subscribe(KEPT)
    await wire.push()
    await wire.call("unsubscribe", channel=KEPT)
    await wire.call("subscribe", channel=KEPT)

    registry.engine().hub.lose(KEPT)

    assert (await wire.push())["unsubscribe"]["code"] == 2500
    await wire.works()


async def test_client_is_present_and_hears_its_own_join_after_it_was_told(wire: DataWire) -> None:
    await host().subscribe("wire.present.room")

    assert "subscribe" in await wire.push()
    assert (await wire.push())["join"]["info"]["client"] == only_connection().id
    assert await registry.engine().presence.stats("wire.present.room") == Stats(1, 1)
    host().unsubscribe("wire.present.room", 2000, "unsubscribed")
    assert await registry.engine().presence.stats("wire.present.room") == Stats(0, 0)


async def test_subscribed_client_is_present_and_hears_who_comes(wire: DataWire, met: str) -> None:
    await host().subscribe(met, Terms(info={"role": "guest of honour"}))

    assert (await wire.push())["subscribe"] == {}
    join = (await wire.push())["join"]
    assert join["info"]["chan_info"] == {"role": "guest of honour"}
    members = await registry.engine().presence.members(met)
    assert [info.chan_info for info in members.values()] == [{"role": "guest of honour"}]
