"""Every mode of both SDKs, behind a line that is cut, stalled and slow, gets what it missed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.relay import Relay
from tests.sdk.program import Mode, RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.sdk.conftest import Everyone, Hosts
    from tests.sdk.program import Event, Program, Start
    from tests.server import Kind, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = 10  # publications of a topic
DELAY = 0.3  # seconds, each way
WRITES = 20.0  # publications a second
NEAR = Mode("python", "json")


@pytest.fixture
def server(servers: Callable[[Kind], Server]) -> Server:
    """The server for production: where bytes get lost does not depend on it."""
    return servers("uvicorn")


@pytest_asyncio.fixture(loop_scope="session")
async def line(server: Server) -> AsyncIterator[Relay]:
    """The reader's way to the server."""
    async with Relay(server.port) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="session")
async def reader(start: Start, line: Relay) -> AsyncIterator[Program]:
    """A program at the other end of the line."""
    async with start(line) as program:
        yield program


@pytest_asyncio.fixture(loop_scope="session")
async def writer(hosts: Hosts, server: Server) -> AsyncIterator[Program]:
    """Another program, nearer to the server."""
    async with hosts.run(NEAR, {}, server) as program:
        yield program


async def cut(line: Relay, reader: Program) -> None:
    """Cut the line, and wait until the reader knows."""
    await line.cut()
    await reader.event("connecting")


async def entered(reader: Program) -> tuple[bool, bool]:
    """Return of its next subscription whether it wanted to recover, and whether it did."""
    event = await reader.event("subscribed")
    return event["was_recovering"], event["recovered"]


async def test_missed_publications_come_after_a_cut_in_order_and_once(
    line: Relay, reader: Program, writer: Program, topic: str
) -> None:
    await reader.ask("subscribe", channel=topic)
    assert await entered(reader) == (False, False)
    await writer.publish(topic, 1, 2)
    assert await reader.heard(2) == [1, 2]

    for missed in ([3, 4, 5], [6], list(range(7, 7 + KEPT))):
        await cut(line, reader)
        await writer.publish(topic, *missed)
        await line.mend()

        assert await entered(reader) == (True, True)
        assert await reader.heard(len(missed)) == missed
    await writer.publish(topic, "live")
    assert await reader.heard(1) == ["live"]


async def test_cut_without_a_publication_is_recovered_with_nothing(
    line: Relay, reader: Program, writer: Program, topic: str
) -> None:
    await reader.follow(topic)

    await cut(line, reader)
    await line.mend()

    assert await entered(reader) == (True, True)
    await writer.publish(topic, "live")
    assert await reader.heard(1) == ["live"]


async def test_more_than_is_kept_is_told_and_not_recovered_in_part(
    line: Relay, reader: Program, writer: Program, topic: str
) -> None:
    await reader.follow(topic)
    await cut(line, reader)
    await writer.publish(topic, *range(KEPT + 1))

    await line.mend()

    assert await entered(reader) == (True, False)
    await writer.publish(topic, "live")
    assert await reader.heard(1) == ["live"]


async def test_stalled_line_delays_and_loses_nothing(
    line: Relay, reader: Program, writer: Program, topic: str
) -> None:
    await reader.follow(topic)

    line.stall()
    await writer.publish(topic, 1, 2, 3)
    line.resume()

    assert await reader.heard(3) == [1, 2, 3]


async def test_what_was_sent_but_lost_on_the_line_is_recovered(
    line: Relay, reader: Program, writer: Program, topic: str
) -> None:
    await reader.follow(topic)
    await writer.publish(topic, 1)
    assert await reader.heard(1) == [1]

    line.stall()
    await writer.publish(topic, 2, 3)  # the server has sent them, the reader will never get them
    await cut(line, reader)
    await writer.publish(topic, 4)
    await line.mend()

    assert await entered(reader) == (True, True)
    assert await reader.heard(3) == [2, 3, 4]


async def test_latest_publication_alone_is_recovered_where_the_topic_says_so(
    line: Relay, reader: Program, writer: Program, topic: str
) -> None:
    topic = topic.replace("stream", "latest")
    await reader.follow(topic)
    await cut(line, reader)
    await writer.publish(topic, *range(KEPT + 5))

    await line.mend()

    assert await entered(reader) == (True, True)
    await writer.publish(topic, "live")
    assert await reader.heard(2) == [KEPT + 4, "live"]


async def test_history_is_read_page_by_page_both_ways(
    reader: Program, writer: Program, topic: str
) -> None:
    await writer.publish(topic, *range(1, KEPT + 1))

    async def read(**options: Any) -> tuple[list[Any], Event]:
        page = await reader.ask("history", channel=topic, **options)
        data = [publication["data"] for publication in page["publications"]]
        return data, {"offset": page["offset"], "epoch": page["epoch"]}

    page, top = await read(limit=4)
    pages = [page]
    while page:
        since = {"offset": page[-1], "epoch": top["epoch"]}  # the data are the offsets here
        page, _ = await read(limit=4, since=since)
        pages.append(page)

    assert pages == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10], []]
    assert top["offset"] == KEPT
    assert (await read(limit=3, reverse=True))[0] == [10, 9, 8]
    since = {"offset": 8, "epoch": top["epoch"]}
    assert (await read(limit=2, since=since, reverse=True))[0] == [7, 6]
    assert await read(limit=0) == ([], top)
    assert (await read(limit=-1))[0] == list(range(1, KEPT + 1))


async def test_history_of_another_life_is_refused_with_112(reader: Program, topic: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await reader.ask("history", channel=topic, limit=1, since={"offset": 1, "epoch": "other"})

    assert refused.value.code == 112


async def test_program_that_keeps_a_state_loads_it_anew_when_it_missed_too_much(
    line: Relay, reader: Program, writer: Program, topic: str
) -> None:
    """The SDKs then ask to be refused with 112, rather than to go on with a gap."""
    await writer.publish(topic, "before")
    await reader.ask("subscribe", channel=topic, loads=True)
    assert (await reader.event("loaded"))["offset"] == 1
    await reader.event("subscribed")
    await cut(line, reader)
    await writer.publish(topic, *range(KEPT + 1))

    await line.mend()

    assert (await reader.event("loaded"))["offset"] == KEPT + 2
    assert await entered(reader) == (True, True)
    await writer.publish(topic, "live")
    assert await reader.heard(1) == ["live"]


async def test_slow_line_begins_and_recovers_without_a_gap_while_others_publish(
    everyone: Everyone, writer: Program, server: Server, topic: str
) -> None:
    topic = topic.replace("stream", "long")
    offset = 0

    async def write() -> None:
        nonlocal offset
        while True:
            offset += 1
            await writer.publish(topic, offset)
            await asyncio.sleep(1 / WRITES)

    async def scene(_mode: Mode, start: Start) -> None:
        async with Relay(server.port) as line, start(line) as reader:
            line.delay = DELAY
            position = (await reader.follow(topic))["position"]
            await reader.heard(3)

            await cut(line, reader)
            await line.mend()
            assert await entered(reader) == (True, True)

            await reader.event("publication", data=offset + 1)  # one that is yet to come
            heard = [each["data"] for each in reader.events if each["event"] == "publication"]
            assert heard == list(range(position["offset"] + 1, heard[-1] + 1))

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(write())
        await everyone(scene)
        writing.cancel()
