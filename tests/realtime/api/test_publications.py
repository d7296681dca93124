"""Publish and broadcast: what followers get, once, and what the program is told."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from realtime import registry
from tests.wire import LOBBY

if TYPE_CHECKING:
    from tests.realtime.api.conftest import Program
    from tests.wire import OpenData, OpenHTML

KEPT = "wire.kept.lobby"
PLAIN = "wire.plain"


async def test_publication_reaches_followers_and_its_position_the_program(
    program: Program, open_data: OpenData
) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=KEPT)

    result = await program.result("publish", channel=KEPT, data={"text": "hi"})

    assert (await wire.push())["pub"] == {"data": {"text": "hi"}, "offset": 1}
    assert result["offset"] == 1
    assert result["epoch"]


async def test_publication_is_the_topics_fragment_for_a_page(
    program: Program, open_html: OpenHTML
) -> None:
    page = await open_html(LOBBY)

    await program.result("publish", channel=LOBBY, data={"text": "hi"})

    assert await page.text() == '<p id="wire-1" hx-swap-oob="true">hi</p>'


async def test_tags_travel_beside_the_data_and_stay_in_the_history(
    program: Program, open_data: OpenData
) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=KEPT)

    await program.result("publish", channel=KEPT, data=1, tags={"kind": "test"})

    expected = {"data": 1, "offset": 1, "tags": {"kind": "test"}}
    assert (await wire.push())["pub"] == expected
    history = await program.result("history", channel=KEPT, limit=-1)
    assert history["publications"] == [expected]


async def test_skipped_history_does_not_keep_it(program: Program, open_data: OpenData) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=KEPT)

    assert await program.result("publish", channel=KEPT, data=1, skip_history=True) == {}
    await program.result("publish", channel=KEPT, data=2)

    assert (await wire.push())["pub"] == {"data": 1}
    assert (await wire.push())["pub"] == {"data": 2, "offset": 1}


async def test_repeated_key_is_published_once_and_gets_the_first_answer(
    program: Program, open_data: OpenData
) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=KEPT)

    first = await program.result("publish", channel=KEPT, data=1, idempotency_key="x")
    await program.result("publish", channel=KEPT, data=2)
    again = await program.result("publish", channel=KEPT, data=1, idempotency_key="x")

    assert again == first
    assert [(await wire.push())["pub"]["data"] for _ in range(2)] == [1, 2]
    assert registry.engine().instrumentation.deduplicated == 1


async def test_repeated_key_without_a_history_gets_an_empty_answer(program: Program) -> None:
    for _ in range(2):
        assert await program.result("publish", channel=PLAIN, data=1, idempotency_key="x") == {}

    assert registry.engine().instrumentation.published == 1


async def test_key_counts_for_each_topic_of_a_broadcast(program: Program) -> None:
    body: dict[str, Any] = {"data": 1, "idempotency_key": "x"}
    first = await program.result("broadcast", channels=[KEPT, "wire.kept.other"], **body)

    again = await program.result("broadcast", channels=[KEPT, "wire.kept.third"], **body)

    assert [each["result"]["offset"] for each in first["responses"]] == [1, 1]
    assert again["responses"][0] == first["responses"][0]
    assert registry.engine().instrumentation.published == 3


async def test_broadcast_reaches_all_its_topics_but_the_wrong_one(
    program: Program, open_data: OpenData
) -> None:
    wire = await open_data()
    for topic in (KEPT, PLAIN):
        await wire.call("subscribe", channel=topic)

    answer = await program.result("broadcast", channels=[KEPT, "no.such", PLAIN], data="all")

    ok, refused, also_ok = answer["responses"]
    assert (ok["result"]["offset"], also_ok) == (1, {"result": {}})
    assert refused["error"]["code"] == 102
    pushes = [await wire.push() for _ in range(2)]
    assert [push["channel"] for push in pushes] == [KEPT, PLAIN]
    assert registry.engine().instrumentation.errors[102] == 1


async def test_broadcast_lets_others_have_their_turn(program: Program) -> None:
    topics = [f"wire.open.{number}" for number in range(200)]

    answer = await program.result("broadcast", channels=topics, data=None)

    assert len(answer["responses"]) == 200
    assert registry.engine().instrumentation.published == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"channel": LOBBY},
        {"data": 1},
        {"channel": 1, "data": 1},
        {"channel": "two words", "data": 1},
        {"channel": LOBBY, "data": "x" * 65_536},
        {"channel": LOBBY, "data": 1, "tags": {"big": "x" * 65_536}},
        {"channel": LOBBY, "data": 1, "tags": ["a"]},
        {"channel": LOBBY, "data": 1, "tags": {"a": 1}},
        {"channel": LOBBY, "data": 1, "skip_history": "yes"},
        {"channel": LOBBY, "data": 1, "idempotency_key": 17},
        {"channel": LOBBY, "data": 1, "idempotency_key": "x" * 256},
        {"channel": LOBBY, "data": 1, "b64data": "MQ=="},
        {"channel": LOBBY, "b64data": "?"},
        {"channel": LOBBY, "b64data": "/w=="},
        {"channel": LOBBY, "b64data": 1},
    ],
    ids=repr,
)
async def test_wrong_publication_is_refused_with_107(
    program: Program, body: dict[str, Any]
) -> None:
    assert await program.error("publish", **body) == 107
    assert registry.engine().instrumentation.published == 0


async def test_data_may_be_written_in_base64(program: Program, open_data: OpenData) -> None:
    wire = await open_data()
    for topic in (KEPT, PLAIN):
        await wire.call("subscribe", channel=topic)
    text = base64.b64encode('{"text": "hä"}'.encode()).decode()

    await program.result("publish", channel=KEPT, data=None, b64data=text)
    await program.result("broadcast", channels=[PLAIN], b64data=text)

    pushes = [await wire.push() for _ in range(2)]
    assert [push["pub"]["data"] for push in pushes] == [{"text": "hä"}] * 2


@pytest.mark.parametrize("channels", [[], "wire.plain", [1], {"a": 1}], ids=repr)
async def test_wrong_list_of_channels_is_refused_with_107(program: Program, channels: Any) -> None:
    assert await program.error("broadcast", channels=channels, data=1) == 107


async def test_unknown_topic_is_refused_with_102(program: Program) -> None:
    assert await program.error("publish", channel="no.such.topic", data=1) == 102
