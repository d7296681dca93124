"""A site that is open to everybody: every topic, for guests, too; actions ask as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime import History, Topic, registry
from tests.realtime.commands.credentials import OWN, PRIVATE, declared
from tests.wire import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wire import Configure, OpenData, OpenHTML

CLOSED, FAILING, MEMBERS = "wire.closed", "wire.failing", "wire.members"
WATCHED = "insecure.watched"


@pytest.fixture(autouse=True)
def _topics() -> Iterator[None]:
    topic = Topic(WATCHED, presence=True, history=History(size=5, ttl=60))
    with declared():
        yield
    registry.catalog.remove(topic.pattern)


@pytest.fixture
def everybody(goby: Configure) -> registry.Engine:
    """The engine of an open site."""
    return goby(INSECURE=True, ALLOW_GUESTS=False)


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize("topic", [CLOSED, FAILING, MEMBERS, PRIVATE, OWN])
async def test_guest_follows_and_publishes_on_every_topic(topic: str, open_data: OpenData) -> None:
    wire = await open_data()

    assert "subscribe" in await wire.call("subscribe", channel=topic)
    assert await wire.call("publish", channel=topic, data="hi") == {"id": 3, "publish": {}}

    assert (await wire.push())["pub"]["data"] == "hi"


@pytest.mark.usefixtures("everybody")
async def test_guest_reads_and_watches_every_topic(open_data: OpenData) -> None:
    wire = await open_data()
    await publish(WATCHED, "kept")

    page = await wire.call("history", channel=WATCHED, limit=-1)
    stats = await wire.call("presence_stats", channel=WATCHED)

    assert [pub["data"] for pub in page["history"]["publications"]] == ["kept"]
    assert stats["presence_stats"] == {"num_clients": 0, "num_users": 0}
    assert "presence" in await wire.call("presence", channel=WATCHED)


@pytest.mark.usefixtures("everybody")
async def test_what_is_not_there_is_not_there(open_data: OpenData) -> None:
    wire = await open_data()

    unknown = await wire.call("subscribe", channel="no.such.topic")
    unkept = await wire.call("history", channel=CLOSED)

    assert (unknown["error"]["code"], unkept["error"]["code"]) == (102, 108)


@pytest.mark.usefixtures("everybody")
async def test_action_asks_as_ever(open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("rpc", method="wire.members", data={})

    assert reply["error"]["code"] == 103


@pytest.mark.usefixtures("everybody")
async def test_page_of_a_guest_follows_every_topic(open_html: OpenHTML) -> None:
    await open_html(MEMBERS, OWN, CLOSED)

    [connection] = registry.engine().connections._all
    assert set(connection.topics) == {MEMBERS, OWN, CLOSED}


@pytest.mark.usefixtures("goby")
@pytest.mark.parametrize("topic", [CLOSED, FAILING, MEMBERS, PRIVATE, OWN])
async def test_otherwise_every_topic_is_closed(topic: str, open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("subscribe", channel=topic)

    assert reply["error"]["code"] in {100, 103}
