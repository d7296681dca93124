"""Presence: who follows a topic and how many they are, and how that is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime.commands.presence import result_of, stats_of
from realtime.message import ClientInfo
from realtime.presence import Stats

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure, DataWire, OpenData

ROOM = "wire.present.room"


async def follow(wire: DataWire, topic: str = ROOM, **request: object) -> None:
    reply = await wire.call("subscribe", channel=topic, **request)
    assert "subscribe" in reply, reply


async def present(wire: DataWire, topic: str = ROOM) -> dict[str, Any]:
    """Ask who is there."""
    reply = await wire.call("presence", channel=topic)
    members: dict[str, Any] = reply["presence"]["presence"]
    return members


async def numbers(wire: DataWire, topic: str = ROOM) -> dict[str, int]:
    """Ask how many are there."""
    reply = await wire.call("presence_stats", channel=topic)
    stats: dict[str, int] = reply["presence_stats"]
    return stats


def ids(engine: registry.Engine) -> list[str]:
    """Return the connections' ids, the oldest first."""
    return list(engine.connections._by_id)


async def test_topic_that_nobody_follows_is_empty_and_says_so(open_data: OpenData) -> None:
    wire = await open_data()

    assert await present(wire) == {}
    assert await numbers(wire) == {"num_clients": 0, "num_users": 0}


async def test_followers_are_present_until_they_unsubscribe_or_go(
    open_data: OpenData, engine: registry.Engine
) -> None:
    asker, one, other = await open_data(), await open_data(), await open_data()
    await follow(one)
    await follow(other)

    assert await present(asker) == {client: {"client": client} for client in ids(engine)[1:]}
    assert await numbers(asker) == {"num_clients": 2, "num_users": 1}

    await one.call("unsubscribe", channel=ROOM)
    assert await numbers(asker) == {"num_clients": 1, "num_users": 1}

    await other.disconnect()
    assert await present(asker) == {}
    assert len(engine.presence) == 0


async def test_presence_is_kept_beside_a_history(open_data: OpenData) -> None:
    wire = await open_data()
    await follow(wire, "wire.attended")

    # Who may see it is another question.
    reply = await wire.call("presence", channel="wire.attended")

    assert reply["error"] == {"code": 103, "message": "permission denied"}


@pytest.mark.parametrize("command", ["presence", "presence_stats"])
@pytest.mark.parametrize(
    ("topic", "code"),
    [("wire.plain", 108), ("wire.attended", 103), ("wire.nothing", 102), ("", 107)],
)
async def test_presence_that_may_not_be_seen_is_refused(
    command: str, topic: str, code: int, open_data: OpenData
) -> None:
    wire = await open_data()

    reply = await wire.call(command, channel=topic)

    assert reply["error"]["code"] == code
    await wire.works()


async def test_asking_needs_no_subscription_and_makes_none(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    await present(wire)
    await numbers(wire)

    assert engine.hub.router.subscriptions == 0
    assert len(engine.presence) == 0


async def test_more_members_than_a_client_could_be_sent_are_refused_with_106(
    open_data: OpenData, goby: Configure
) -> None:
    engine = goby(OUTBOX_MAX_SIZE=2000)
    wire = await open_data()
    for number in range(20):
        engine.presence.enter(ROOM, ClientInfo(user="", client=f"00000000-0000-{number:08}"))

    reply = await wire.call("presence", channel=ROOM)

    assert reply["error"] == {"code": 106, "message": "limit exceeded: ask for presence_stats"}
    assert await numbers(wire) == {"num_clients": 20, "num_users": 1}


def test_result_has_both_kinds_of_info_and_leaves_out_what_is_empty() -> None:
    members = {
        "a": ClientInfo(user="42", client="a", conn_info={"name": "Ann"}, chan_info=[1]),
        "b": ClientInfo(user="", client="b"),
    }

    assert result_of(members) == {
        "presence": {
            "a": {"user": "42", "client": "a", "conn_info": {"name": "Ann"}, "chan_info": [1]},
            "b": {"client": "b"},
        }
    }
    assert stats_of(Stats(2, 1)) == {"num_clients": 2, "num_users": 1}


async def test_members_that_are_too_many_are_refused_before_they_are_encoded(
    goby: Configure, open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = goby(OUTBOX_MAX_SIZE=20_000)
    wire = await open_data()
    for number in range(200):
        engine.presence.enter(ROOM, ClientInfo(user="", client=f"{number:036}"))
    monkeypatch.setattr(type(engine.presence), "members", None)

    reply = await wire.call("presence", channel=ROOM)

    assert reply["error"] == {"code": 106, "message": "limit exceeded: ask for presence_stats"}
    assert await numbers(wire) == {"num_clients": 200, "num_users": 1}
