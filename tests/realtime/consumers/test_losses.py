"""What each kind of follower does when publications of its topic were missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.realtime.rooms import Desk
from tests.wire import LOBBY, publish
from tests.wire_protobuf import in_both_forms

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure, OpenData, OpenHTML

KEPT = "wire.kept.lobby"

form = in_both_forms()


async def test_page_comes_back_for_what_it_missed(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    page = await open_html(LOBBY)

    engine.hub.lose(LOBBY)

    assert await page.closed() == 1013


async def test_program_leaves_the_topic_that_lost_something_and_no_other(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    for topic in (KEPT, LOBBY):
        await wire.call("subscribe", channel=topic)

    engine.hub.lose(KEPT)
    await publish(KEPT, "not for who left")
    await publish(LOBBY, "another topic")

    assert (await wire.push())["unsubscribe"] == {"code": 2500, "reason": "insufficient state"}
    assert (await wire.push())["pub"]["data"] == "another topic"
    await wire.works()


async def test_recovery_that_would_overflow_the_outbox_is_a_no_and_not_a_slow_client(
    goby: Configure, open_data: OpenData
) -> None:
    engine = goby(OUTBOX_MAX_SIZE=4000)
    wire = await open_data()
    for _ in range(4):
        await publish(KEPT, "x" * 900)

    reply = await wire.call("subscribe", channel=KEPT, recover=True)

    assert "recovered" not in reply["subscribe"]
    assert reply["subscribe"]["offset"] == 4
    assert engine.instrumentation.dropped == {}
    await wire.works()


def test_outbox_of_who_keeps_no_position_ignores_a_loss() -> None:
    desk = Desk()

    desk.outbox.lost("t")

    assert (desk.texts, desk.ended) == ([], [])
