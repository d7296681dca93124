"""Pages that come back to the HTML socket: all that they missed, once and in order, or a no."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from realtime import registry
from realtime.codecs.html import HTMLCodec
from realtime.message import Position
from realtime.tokens import Page
from tests.realtime.consumers.test_html import error
from tests.wire import LOBBY, publish

if TYPE_CHECKING:
    from tests.wire import Configure, HTMLWire, OpenHTML

OTHER = "wire.open.other"
SHOWN = re.compile(r'<p id="wire-(\d+)" hx-swap-oob="true">')
MARKERS = re.compile(r'<data id="goby-at-([^"]+)" value="(\d+)~[^"]+" hidden[^>]*?( data[^>]*)?>')


def shown(text: str) -> list[int]:
    """Return the offsets of the publications in a text."""
    return [int(offset) for offset in SHOWN.findall(text)]


def markers(text: str) -> list[tuple[str, int, str]]:
    """Return topic, offset and flags of the markers in a text."""
    return [
        (topic, int(offset), flags.replace("data-goby-", "").strip())
        for topic, offset, flags in MARKERS.findall(text)
    ]


async def say(count: int, topic: str = LOBBY) -> str:
    """Publish so many, also before anybody connected, and return the epoch."""
    await registry.attach()
    for number in range(count):
        await publish(topic, {"text": f"number {number}"})
    return await epoch_of(topic)


async def epoch_of(topic: str) -> str:
    """Return the epoch in which the topic is."""
    resolved = registry.catalog.resolve(topic)
    assert resolved is not None
    assert resolved.options.history is not None
    top = await registry.engine().recovery.position(topic, resolved.options.history)
    return top.epoch


def page_at(*topics: str, offset: int, epoch: str) -> Page:
    """Return a page that was made when its topics were there."""
    return Page(topics=dict.fromkeys(topics, Position(offset, epoch)), user="", session="")


# What was missed


async def test_page_gets_what_was_published_since_it_was_made_and_then_what_comes(
    open_html: OpenHTML,
) -> None:
    page = page_at(LOBBY, offset=2, epoch=await say(5))

    wire = await open_html(page=page)
    first = await wire.whole()
    await publish(LOBBY, {"text": "live"})
    second = await wire.whole()

    assert (shown(first), markers(first)) == ([3, 4, 5], [(LOBBY, 5, "entered")])
    assert (shown(second), markers(second)) == ([6], [(LOBBY, 6, "")])


async def test_marker_of_a_return_says_so_also_when_the_topic_has_moved_on(
    open_html: OpenHTML,
) -> None:
    page = page_at(LOBBY, offset=2, epoch=await say(3))

    wire = await open_html(page=page)
    await publish(LOBBY, {"text": "live"})

    text = await wire.whole()
    assert (shown(text), markers(text)) == ([3, 4], [(LOBBY, 4, "entered")])


async def test_page_that_missed_nothing_gets_its_position_alone(open_html: OpenHTML) -> None:
    page = page_at(LOBBY, offset=2, epoch=await say(2))

    text = await (await open_html(page=page)).whole()

    assert (shown(text), markers(text)) == ([], [(LOBBY, 2, "entered")])


async def test_page_without_a_position_follows_from_when_it_connects(open_html: OpenHTML) -> None:
    await say(3)

    text = await (await open_html(LOBBY)).whole()

    assert (shown(text), markers(text)) == ([], [(LOBBY, 3, "entered")])


async def test_position_in_the_address_counts_and_not_that_of_the_token(
    open_html: OpenHTML,
) -> None:
    epoch = await say(5)

    wire = await open_html(page=page_at(LOBBY, offset=1, epoch=epoch), at=[f"4~{epoch}~{LOBBY}"])

    assert shown(await wire.whole()) == [5]


async def test_position_of_a_topic_that_is_in_no_token_lets_nobody_follow_it(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    epoch = await say(2, OTHER)
    page = page_at(LOBBY, offset=0, epoch=await say(0))

    text = await (await open_html(page=page, at=[f"0~{epoch}~{OTHER}"])).whole()

    assert markers(text) == [(LOBBY, 0, "entered")]
    assert engine.hub.router.topics == 1


@pytest.mark.parametrize("at", ["nonsense", "-1~e~" + LOBBY, "x~e~" + LOBBY, "~~", "%00~%ff~é"])
async def test_nonsense_in_the_address_leaves_the_position_of_the_token(
    at: str, open_html: OpenHTML
) -> None:
    page = page_at(LOBBY, offset=1, epoch=await say(3))

    assert shown(await (await open_html(page=page, at=[at])).whole()) == [2, 3]


async def test_batch_has_one_marker_for_each_topic_behind_all_fragments(
    open_html: OpenHTML,
) -> None:
    wire = await open_html(LOBBY, OTHER)
    entered = await wire.whole()
    assert markers(entered) == [(LOBBY, 0, "entered"), (OTHER, 0, "entered")]

    await say(3)
    await say(2, OTHER)

    text = await wire.whole()
    assert shown(text) == [1, 2, 3, 1, 2]
    assert markers(text) == [(LOBBY, 3, ""), (OTHER, 2, "")]
    assert SHOWN.search(text, text.index("<data")) is None


async def test_thousand_pages_that_come_back_cost_one_rendering(
    open_html: OpenHTML, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_at(LOBBY, offset=0, epoch=await say(3))
    rendered: list[int] = []
    render = HTMLCodec._render

    def counted(codec: HTMLCodec, publication: Any) -> str | None:
        rendered.append(publication.offset)
        return render(codec, publication)

    monkeypatch.setattr(HTMLCodec, "_render", counted)
    for _ in range(10):
        assert shown(await (await open_html(page=page)).whole()) == [1, 2, 3]

    assert rendered == [1, 2, 3]


# What can no longer be told


@pytest.mark.parametrize("latest", [11, 30])
async def test_page_that_missed_more_than_is_kept_is_told_to_fetch_anew(
    latest: int, open_html: OpenHTML, engine: registry.Engine
) -> None:
    page = page_at(LOBBY, offset=0, epoch=await say(latest))

    wire = await open_html(page=page)
    await publish(LOBBY, {"text": "live"})

    text = await wire.whole()
    assert (shown(text), markers(text)) == ([latest + 1], [(LOBBY, latest + 1, "entered resync")])
    assert engine.instrumentation.recoveries[False] == 1


async def test_page_of_another_life_of_the_topic_is_told_to_fetch_anew(
    open_html: OpenHTML,
) -> None:
    await say(3)

    text = await (await open_html(page=page_at(LOBBY, offset=2, epoch="before"))).whole()

    assert (shown(text), markers(text)) == ([], [(LOBBY, 3, "entered resync")])


async def test_page_that_knows_more_than_there_is_is_told_to_fetch_anew(
    open_html: OpenHTML,
) -> None:
    page = page_at(LOBBY, offset=9, epoch=await say(3))

    assert markers(await (await open_html(page=page)).whole()) == [(LOBBY, 3, "entered resync")]


async def test_publication_that_cannot_be_rendered_any_more_keeps_no_page_out(
    open_html: OpenHTML, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_at(LOBBY, offset=0, epoch=await say(2))

    def broken(_codec: HTMLCodec, publication: Any) -> str:
        raise RuntimeError("a defect of the template")

    with monkeypatch.context() as patched:
        patched.setattr(HTMLCodec, "_render", broken)
        wire = await open_html(page=page)
        assert markers(await wire.whole()) == [(LOBBY, 2, "entered resync")]

    assert engine.instrumentation.failures["encoding as html"] == 1
    await publish(LOBBY, {"text": "live"})
    assert shown(await wire.whole()) == [3]


# What happens while the history is read


class SlowReading:
    """Stops every reading of a history until it is let go, as a broker on a network may."""

    def __init__(self, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.goes_on = asyncio.Event(), asyncio.Event()
        read = engine.pubsub.broker.read

        async def slowly(*arguments: Any) -> Any:
            page = await read(*arguments)
            self.began.set()
            await self.goes_on.wait()
            return page

        monkeypatch.setattr(engine.pubsub.broker, "read", slowly)


@pytest.mark.parametrize("known", [0, 3])
async def test_publications_during_the_handshake_are_neither_lost_nor_doubled(
    known: int, open_html: OpenHTML, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_at(LOBBY, offset=known, epoch=await say(3))
    reading = SlowReading(engine, monkeypatch)

    opening = asyncio.ensure_future(open_html(page=page))
    await asyncio.wait_for(reading.began.wait(), 5)
    await publish(LOBBY, {"text": "meanwhile"})
    await publish(LOBBY, {"text": "meanwhile"})
    reading.goes_on.set()
    wire: HTMLWire = await opening

    text = await wire.whole()
    assert shown(text) == list(range(known + 1, 6))
    assert markers(text) == [(LOBBY, 5, "entered")]
    await publish(LOBBY, {"text": "live"})
    assert shown(await wire.whole()) == [6]


async def test_hole_in_what_came_during_the_handshake_lets_the_page_come_back(
    open_html: OpenHTML, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_at(LOBBY, offset=0, epoch=await say(1))
    reading = SlowReading(engine, monkeypatch)

    opening = asyncio.ensure_future(open_html(page=page))
    await asyncio.wait_for(reading.began.wait(), 5)
    engine.hub.lose(LOBBY)
    reading.goes_on.set()

    assert await (await opening).closed() == 1013


async def test_loss_while_connected_lets_the_page_come_back_for_what_it_missed(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    epoch = await say(1)
    wire = await open_html(LOBBY)
    await wire.whole()

    engine.hub.lose(LOBBY)

    assert await wire.closed() == 1013
    await say(1)
    again = await open_html(LOBBY, at=[f"1~{epoch}~{LOBBY}"])
    assert shown(await again.whole()) == [2]


async def test_page_that_was_closed_as_slow_is_told_to_fetch_anew(
    goby: Configure, open_html: OpenHTML
) -> None:
    goby(OUTBOX_MAX_SIZE=2_000)
    epoch = await say(1)
    wire = await open_html(LOBBY)
    assert markers(await wire.whole()) == [(LOBBY, 1, "entered")]

    for _ in range(3):
        await publish(LOBBY, {"text": "x" * 700})
    assert await wire.closed() == 1013

    # What did not fit into the outbox before does not now.
    again = await open_html(LOBBY, at=[f"1~{epoch}~{LOBBY}"])
    assert markers(await again.whole()) == [(LOBBY, 4, "entered resync")]


# Topics with more or less than a stream


async def test_page_of_a_topic_that_keeps_its_latest_alone_gets_that(open_html: OpenHTML) -> None:
    await say(3, "wire.latest")
    page = page_at("wire.latest", offset=1, epoch="before")

    text = await (await open_html(page=page)).whole()

    assert markers(text) == [("wire.latest", 3, "entered")]


async def test_topic_without_a_history_has_no_marker(open_html: OpenHTML) -> None:
    wire = await open_html("wire.plain", "wire.nothing")

    assert await wire.whole() == error(
        "This page follows something that does not exist any more. Please reload it."
    )
