"""Publish, from everywhere, once: nobody blocks, nothing is lost without a word."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import orjson
import pytest

from realtime import pubsub
from realtime.exceptions import (
    BlockingCallError,
    NotServingError,
)
from realtime.message import Position
from tests.realtime.rooms import KEPT, TOPIC, Site

if TYPE_CHECKING:
    from realtime.message import Frame


# From everywhere


async def test_apublish_on_the_serving_loop_hands_over_at_once(site: Site) -> None:
    [reader] = site.crowd(1)

    with pytest.raises(StopIteration) as returned:  # it never suspends
        site.pubsub.apublish(site.draft({"n": 1})).send(None)

    assert returned.value.value == Position(0, "")
    assert orjson.loads(reader.frames[0].text)["push"]["pub"] == {"data": {"n": 1}}
    assert site.counters.published == 1


async def test_apublish_returns_the_position_in_the_history(site: Site) -> None:
    first, second = [await site.pubsub.apublish(site.draft(topic="kept.lobby")) for _ in range(2)]

    assert first is not None
    assert second is not None
    assert (first.offset, second.offset) == (1, 2)
    assert first.epoch == second.epoch


async def test_publish_from_a_thread_waits_until_it_is_handed_over(site: Site) -> None:
    [reader] = site.crowd(1)

    def publish() -> tuple[Position | None, int]:
        position = site.pubsub.publish(site.draft({"n": 1}, topic=TOPIC))
        return position, len(reader.frames)

    assert await asyncio.to_thread(publish) == (Position(0, ""), 1)


async def test_publications_of_many_threads_all_arrive(site: Site) -> None:
    [reader] = site.crowd(1, topic="kept.lobby")

    await asyncio.gather(
        *(
            asyncio.to_thread(site.pubsub.publish, site.draft(n, topic="kept.lobby"))
            for n in range(20)
        )
    )

    pubs = [orjson.loads(frame.text)["push"]["pub"] for frame in reader.frames]
    assert sorted(pub["data"] for pub in pubs) == list(range(20))
    assert [pub["offset"] for pub in pubs] == list(range(1, 21))


async def test_apublish_from_another_loop_runs_on_the_serving_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    [reader] = site.crowd(1)
    serving, ran_on = asyncio.get_running_loop(), []
    put = reader.put

    def spy(frame: Frame) -> None:
        ran_on.append(asyncio.get_running_loop())
        put(frame)

    monkeypatch.setattr(reader, "put", spy)

    async def elsewhere() -> Position | None:
        assert asyncio.get_running_loop() is not serving
        return await site.pubsub.apublish(site.draft())

    position = await asyncio.to_thread(asyncio.run, elsewhere())

    assert position == Position(0, "")
    assert ran_on == [serving]


async def test_publish_to_a_loop_that_is_stuck_ends_with_advice(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pubsub, "PUBLISH_TIMEOUT", 0.01)
    outcomes: list[object] = []

    def publish() -> None:
        try:
            site.pubsub.publish(site.draft({"n": 1}))
        except NotServingError as error:
            outcomes.append(str(error))

    thread = threading.Thread(target=publish)
    thread.start()
    thread.join()  # which is what blocks the loop

    assert "Find what blocks it" in str(outcomes)


async def test_publish_on_the_serving_loop_is_refused(site: Site) -> None:
    with pytest.raises(BlockingCallError, match=r"Await apublish\(\) instead"):
        site.pubsub.publish(site.draft())
    assert site.counters.published == 0


async def test_publish_on_any_other_loop_is_refused(site: Site) -> None:
    async def elsewhere() -> None:
        site.pubsub.publish(site.draft())

    with pytest.raises(BlockingCallError):
        await asyncio.to_thread(asyncio.run, elsewhere())


def test_publish_where_nobody_serves_is_refused_with_what_to_do(idle_site: Site) -> None:
    with pytest.raises(NotServingError, match="Publish from the server's process: a view"):
        idle_site.pubsub.publish(idle_site.draft())


async def test_apublish_where_nobody_serves_is_refused(idle_site: Site) -> None:
    with pytest.raises(NotServingError):
        await idle_site.pubsub.apublish(idle_site.draft())


async def test_publish_after_stop_is_refused(site: Site) -> None:
    await site.pubsub.stop()

    assert site.pubsub.loop is None
    with pytest.raises(NotServingError):
        await site.pubsub.apublish(site.draft())


def test_publish_after_the_loop_was_closed_is_refused(idle_site: Site) -> None:
    asyncio.run(idle_site.pubsub.start())

    assert idle_site.pubsub.loop is not None
    with pytest.raises(NotServingError):
        idle_site.pubsub.publish(idle_site.draft())


# Once


async def test_repeated_id_is_published_once(site: Site) -> None:
    [reader] = site.crowd(1, topic="kept.lobby")
    first = await site.pubsub.apublish(site.draft(1, id="x", topic="kept.lobby"))
    again = await site.pubsub.apublish(site.draft(1, id="x", topic="kept.lobby"))

    assert first is not None
    assert again == first
    assert len(reader.frames) == 1
    assert (site.counters.published, site.counters.deduplicated) == (1, 1)
    assert first.offset == 1
    later = await site.pubsub.apublish(site.draft(2, topic="kept.lobby"))
    assert later == Position(2, first.epoch)


async def test_repeated_id_gets_the_first_position_although_others_were_published(
    site: Site,
) -> None:
    first = await site.pubsub.apublish(site.draft(1, id="x", topic="kept.lobby"))
    await site.pubsub.apublish(site.draft(2, topic="kept.lobby"))

    assert await site.pubsub.apublish(site.draft(1, id="x", topic="kept.lobby")) == first


async def test_skipped_history_has_no_offset(site: Site) -> None:
    draft = site.pubsub.draft("kept.lobby", 1, skip_history=True)

    assert await site.pubsub.apublish(draft) == Position(0, "")
    assert await site.pubsub.apublish(site.draft(2, topic="kept.lobby")) != Position(0, "")


async def test_function_runs_on_the_serving_loop_from_any_other(site: Site) -> None:
    async def where(word: str) -> tuple[str, asyncio.AbstractEventLoop]:
        return word, asyncio.get_running_loop()

    async def elsewhere() -> tuple[str, asyncio.AbstractEventLoop]:
        return await site.pubsub.on_loop(where, "from elsewhere")

    here = asyncio.get_running_loop()
    assert await site.pubsub.on_loop(where, "from here") == ("from here", here)
    assert await asyncio.to_thread(asyncio.run, elsewhere()) == ("from elsewhere", here)


async def test_same_id_on_another_topic_is_published(site: Site) -> None:
    assert await site.pubsub.apublish(site.draft(id="x", topic="chat.a")) is not None
    assert await site.pubsub.apublish(site.draft(id="x", topic="chat.b")) is not None


async def test_publications_without_id_are_all_published(site: Site) -> None:
    for _ in range(3):
        await site.pubsub.apublish(site.draft("same"))

    assert (site.counters.published, site.counters.deduplicated) == (3, 0)


@pytest.mark.parametrize("id", ["x", ""])
async def test_failed_broker_lets_the_id_be_published_again(site: Site, id: str) -> None:
    [reader] = site.crowd(1)
    site.broker.failing = True
    with pytest.raises(ConnectionError):
        await site.pubsub.apublish(site.draft(id=id))
    assert site.counters.published == 0

    site.broker.failing = False
    assert await site.pubsub.apublish(site.draft(id=id)) is not None

    assert len(reader.frames) == 1
    assert (site.counters.published, site.counters.deduplicated) == (1, 0)


async def test_failure_of_the_broker_reaches_the_thread_that_published(site: Site) -> None:
    site.broker.failing = True

    with pytest.raises(ConnectionError):
        await asyncio.to_thread(site.pubsub.publish, site.draft(id="x"))


async def test_topic_that_was_withdrawn_meanwhile_keeps_no_history(site: Site) -> None:
    draft = site.draft(topic="kept.lobby")
    site.catalog.remove(KEPT)

    assert await site.pubsub.apublish(draft) == Position(0, "")
