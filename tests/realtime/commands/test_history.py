"""History: page by page, both ways, and how it is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from realtime.codecs import JSONCodec, ProtobufCodec
from tests.realtime.clock import until
from tests.wire import LOBBY, publish
from tests.wire_protobuf import text_only

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure, DataWire, OpenData

KEPT = "wire.kept.lobby"


@pytest.fixture
async def wire(open_data: OpenData) -> DataWire:
    """A client, and seven publications of which the last five are kept."""
    wire = await open_data()
    for number in range(1, 8):
        await publish(KEPT, {"n": number})
    return wire


async def history(wire: DataWire, **request: object) -> dict[str, Any]:
    """Ask for a part of the history, and return the result."""
    reply = await wire.call("history", channel=KEPT, **request)
    result: dict[str, Any] = reply["history"]
    return result


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"limit": -1}, [3, 4, 5, 6, 7]),
        ({"limit": -7}, [3, 4, 5, 6, 7]),
        ({"limit": 1_000_000}, [3, 4, 5, 6, 7]),
        ({"limit": 2}, [3, 4]),
        ({"limit": 2, "reverse": True}, [7, 6]),
        ({"limit": 2, "since": {"offset": 4}}, [5, 6]),
        ({"limit": -1, "since": {"offset": 5}, "reverse": True}, [4, 3]),
        ({"limit": -1, "since": {"offset": 7}}, []),
        ({"limit": -1, "since": {}}, [3, 4, 5, 6, 7]),
        ({"limit": 0}, []),
        ({}, []),
    ],
)
async def test_history_is_the_part_that_is_asked_for(
    request_: dict[str, object], expected: list[int], wire: DataWire
) -> None:
    result = await history(wire, **request_)

    assert [pub["offset"] for pub in result.get("publications", [])] == expected
    assert [pub["data"]["n"] for pub in result.get("publications", [])] == expected
    assert ("publications" in result) == bool(expected)
    assert result["offset"] == 7
    assert result["epoch"]


async def test_history_of_a_topic_without_publications_is_an_epoch(open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("history", channel=KEPT, limit=10)

    assert set(reply["history"]) == {"epoch"}


async def test_history_needs_no_subscription_and_makes_none(wire: DataWire) -> None:
    await history(wire, limit=1)

    await publish(KEPT, "next")

    await wire.works()


async def test_since_another_epoch_is_refused_with_112(wire: DataWire) -> None:
    epoch = (await history(wire))["epoch"]
    same = await history(wire, limit=-1, since={"offset": 6, "epoch": epoch})
    assert len(same["publications"]) == 1

    reply = await wire.call("history", channel=KEPT, since={"offset": 6, "epoch": "another"})

    assert reply["error"] == {"code": 112, "message": "unrecoverable position"}


@pytest.mark.parametrize(
    ("topic", "code"),
    [("wire.plain", 108), ("wire.nothing", 102), (LOBBY, 103), ("wire.latest", 103), ("", 107)],
)
async def test_history_that_may_not_be_read_is_refused(
    topic: str, code: int, wire: DataWire
) -> None:
    reply = await wire.call("history", channel=topic, limit=10)

    assert reply["error"]["code"] == code
    await wire.works()


@text_only
@pytest.mark.parametrize(
    "request_",
    [
        {"limit": "10"},
        {"limit": True},
        {"since": 5},
        {"since": {"offset": "5"}},
        {"since": {"epoch": 5}},
        {"reverse": 1},
    ],
)
async def test_request_of_the_wrong_type_is_refused_with_107(
    request_: dict[str, object], wire: DataWire
) -> None:
    reply = await wire.call("history", channel=KEPT, **request_)

    assert reply["error"]["code"] == 107


async def test_page_that_would_overflow_the_outbox_is_refused_with_106(
    goby: Configure, open_data: OpenData
) -> None:
    goby(OUTBOX_MAX_SIZE=2000)
    wire = await open_data()
    for _ in range(3):
        await publish(KEPT, "x" * 400)

    reply = await wire.call("history", channel=KEPT, limit=-1)

    assert reply["error"] == {"code": 106, "message": "limit exceeded: ask for fewer at a time"}
    assert len((await history(wire, limit=2))["publications"]) == 2


async def test_page_that_is_too_large_is_refused_before_it_is_encoded(
    wire: DataWire, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(KEPT, "x" * 60_000)
    monkeypatch.setattr(engine.recovery, "max_size", 60_000)
    for codec in (JSONCodec, ProtobufCodec):
        monkeypatch.setattr(codec, "publications", None)

    reply = await wire.call("history", channel=KEPT, limit=-1)

    assert reply["error"] == {"code": 106, "message": "limit exceeded: ask for fewer at a time"}


@pytest.mark.parametrize(("name", "turns"), [("history", 40), ("unsubscribe", 2)])
async def test_reading_commands_give_others_a_turn_each(
    name: str, turns: int, wire: DataWire, engine: registry.Engine
) -> None:
    [connection] = engine.connections._all
    taken = 0

    def take_turn() -> None:
        nonlocal taken
        taken += 1
        if len(connection.outbox.frames) < 40:
            asyncio.get_running_loop().call_soon(take_turn)

    connection.outbox.hold()  # so that all replies can be seen to wait
    wire.send(*(wire.numbered(name, channel=KEPT) for _ in range(40)))
    take_turn()
    await until(lambda: len(connection.outbox.frames) == 40)
    connection.outbox.release()

    assert turns <= taken < turns + 10
    assert [(await wire.next())["id"] for _ in range(40)] == list(range(2, 42))
