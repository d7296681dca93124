"""Publish: by clients, where the topic allows it, and how it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.wire import LOBBY

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import OpenData


async def test_publish_where_the_topic_allows_it_reaches_all_after_the_reply(
    open_data: OpenData, engine: registry.Engine
) -> None:
    publisher, other = await open_data(), await open_data()
    for wire in (publisher, other):
        await wire.call("subscribe", channel=LOBBY)

    reply = await publisher.call("publish", channel=LOBBY, data={"text": "hi"})

    assert reply == {"id": 3, "publish": {}}
    for wire in (publisher, other):
        pub = (await wire.push())["pub"]
        assert pub["data"] == {"text": "hi"}
        assert pub["offset"] == 1
        assert pub["info"]["client"] in {item.id for item in engine.connections._all}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"channel": "wire.nothing", "data": 1}, 102),
        ({"channel": "wire.plain", "data": 1}, 103),
        ({"channel": "wire.failing", "data": 1}, 100),
        ({"channel": LOBBY}, 107),
        ({"data": 1}, 107),
    ],
)
async def test_publish_that_may_not_be_is_refused(
    body: dict[str, object], code: int, open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    reply = await wire.call("publish", **body)

    assert reply["error"]["code"] == code
    assert engine.instrumentation.published == 0


async def test_publish_of_data_that_nests_too_deeply_is_refused(open_data: OpenData) -> None:
    wire = await open_data()
    depth = 400

    wire.send_text(
        '{{"id":9,"publish":{{"channel":"{}","data":{}}}}}'.format(LOBBY, "[" * depth + "]" * depth)
    )

    assert (await wire.next())["error"]["code"] == 107
