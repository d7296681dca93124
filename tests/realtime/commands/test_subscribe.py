"""Subscribe: from where the client left off, without a hole and without a double, or with a no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.realtime.commands.following import KEPT, follow, offsets, publish_all, return_to
from tests.wire import publish
from tests.wire_protobuf import text_only

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import OpenData

LATEST = "wire.latest"


# Positions


async def test_subscriber_learns_its_position(open_data: OpenData) -> None:
    first = await follow(await open_data())
    assert first == {"recoverable": True, "positioned": True, "epoch": first["epoch"]}
    await publish_all(2)

    second = await follow(await open_data())

    assert second == {**first, "offset": 2}


async def test_subscriber_of_a_topic_without_history_has_no_position(open_data: OpenData) -> None:
    assert await follow(await open_data(), "wire.plain") == {}


@text_only
@pytest.mark.parametrize(
    "body", [{"recover": 1}, {"offset": "1"}, {"offset": 1.5}, {"epoch": 5}, {"flag": True}]
)
async def test_position_of_the_wrong_type_is_refused_with_107(
    body: dict[str, object], open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    reply = await wire.call("subscribe", channel=KEPT, **body)

    assert reply["error"]["code"] == 107
    assert engine.hub.router.subscriptions == 0


# Recovery


@pytest.mark.parametrize(("since", "missed"), [(2, [3, 4]), (3, [4]), (4, []), (0, [1, 2, 3, 4])])
async def test_client_that_comes_back_is_given_what_it_missed(
    since: int, missed: list[int], open_data: OpenData, engine: registry.Engine
) -> None:
    epoch = (await follow(await open_data()))["epoch"]
    await publish_all(4)

    result = await return_to(await open_data(), since, epoch)

    expected = {"recoverable": True, "positioned": True, "epoch": epoch}
    expected |= {"recovered": True, "was_recovering": True}
    assert {key: result[key] for key in expected} == expected
    assert result.get("offset", 0) == since  # its own, which its publications move on
    assert offsets(result) == missed
    assert [pub["data"] for pub in result.get("publications", [])] == missed
    assert engine.instrumentation.recoveries == {True: 1}


@pytest.mark.parametrize(
    ("since", "epoch"),
    [(1, None), (0, None), (9, None), (2**63 - 1, ""), (2**64 - 1, ""), (6, "another")],
)
async def test_client_that_missed_more_than_is_kept_is_told_so(
    since: int, epoch: str | None, open_data: OpenData, engine: registry.Engine
) -> None:
    known = (await follow(await open_data()))["epoch"]
    await publish_all(7)  # five are kept

    result = await return_to(await open_data(), since, known if epoch is None else epoch)

    assert result == {
        "recoverable": True,
        "positioned": True,
        "epoch": known,
        "offset": 7,
        "was_recovering": True,
    }
    assert engine.instrumentation.recoveries == {False: 1}


@text_only
@pytest.mark.parametrize("since", [-1, -(2**63)])
async def test_client_that_was_nowhere_is_told_that_it_missed_something(
    since: int, open_data: OpenData
) -> None:
    wire = await open_data()
    await publish_all(2)

    result = await return_to(wire, since)

    assert "recovered" not in result
    assert (result["was_recovering"], result["offset"]) == (True, 2)


async def test_recovered_client_goes_on_with_what_is_published_next(open_data: OpenData) -> None:
    wire = await open_data()
    await publish_all(3)

    await return_to(wire, 1)
    await publish(KEPT, "next")

    assert (await wire.push())["pub"] == {"data": "next", "offset": 4}


@pytest.mark.parametrize("topic", [KEPT, "wire.plain"])
async def test_client_that_would_rather_have_an_error_gets_112(
    topic: str, open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    await publish_all(1, topic)

    reply = await wire.call(
        "subscribe", channel=topic, recover=True, offset=1, epoch="another", flag=2
    )

    assert reply["error"] == {"code": 112, "message": "unrecoverable position"}
    assert engine.hub.router.subscriptions == 0
    assert await follow(wire, topic, flag=2) is not None


async def test_latest_is_given_to_whoever_missed_anything(open_data: OpenData) -> None:
    assert (await return_to(await open_data(), 0, topic=LATEST))["recovered"]
    await publish_all(3, LATEST)

    result = await return_to(await open_data(), 0, "another", topic=LATEST)

    assert result["recovered"]
    assert result["publications"] == [{"data": 3, "offset": 3}]
    same = await return_to(await open_data(), 3, result["epoch"], topic=LATEST)
    assert same["recovered"]
    assert "publications" not in same
