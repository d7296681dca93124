"""Both official clients, behind a line that is cut and stalled, get what they missed after all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so
import pytest

from tests.relay import Relay
from tests.sdk.test_javascript_sdk import run
from tests.sdk.test_python_sdk import Follower, next_of, program
from tests.server import Server, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from tests.sdk.test_javascript_sdk import Program as JavaScript
    from tests.sdk.test_javascript_sdk import Run
    from tests.sdk.test_python_sdk import Program as Python

    Publish = Callable[..., Awaitable[None]]

__all__ = ["run"]

KEPT = 10  # publications of a topic
SITE = {"DJANGO_SETTINGS_MODULE": "tests.playground.settings.production"}


@dataclass(frozen=True)
class Entered:
    """What a client says of its subscription."""

    was_recovering: bool
    recovered: bool


class Reader(Protocol):
    """A program with one of the SDKs."""

    async def follow(self, topic: str) -> None: ...
    async def entered(self) -> Entered: ...
    async def cut_off(self) -> None: ...
    async def heard(self, count: int) -> list[Any]: ...
    async def history(self, **options: Any) -> tuple[list[Any], dict[str, Any]]: ...


class PythonReader:
    """With the Python SDK."""

    def __init__(self, program: Python) -> None:
        self.program = program

    async def follow(self, topic: str) -> None:
        self.subscription = self.program.client.new_subscription(
            topic, events=self.program.follower
        )
        await self.subscription.subscribe()

    async def entered(self) -> Entered:
        context = await next_of(self.program.follower.subscribed)
        return Entered(context.was_recovering, context.recovered)

    async def cut_off(self) -> None:
        while not self.program.states.connecting.empty():
            self.program.states.connecting.get_nowait()  # the first one, before it was connected
        if self.program.client.state is not centrifuge.ClientState.CONNECTING:
            await next_of(self.program.states.connecting)

    async def heard(self, count: int) -> list[Any]:
        return [(await self.program.heard()).data for _ in range(count)]

    async def history(self, **options: Any) -> tuple[list[Any], dict[str, Any]]:
        if "since" in options:
            options["since"] = centrifuge.StreamPosition(**options["since"])
        page = await self.subscription.history(**options)
        position = {"offset": page.offset, "epoch": page.epoch}
        return [publication.data for publication in page.publications], position


class JavaScriptReader:
    """With the JavaScript SDK."""

    def __init__(self, program: JavaScript) -> None:
        self.program = program
        self.topic = ""

    async def follow(self, topic: str) -> None:
        self.topic = topic
        await self.program.order("subscribe", channel=topic)

    async def entered(self) -> Entered:
        event = await self.program.event("subscribed")
        return Entered(event["wasRecovering"], event["recovered"])

    async def cut_off(self) -> None:
        await self.program.event("connecting")

    async def heard(self, count: int) -> list[Any]:
        return [(await self.program.event("publication"))["data"] for _ in range(count)]

    async def history(self, **options: Any) -> tuple[list[Any], dict[str, Any]]:
        await self.program.order("history", channel=self.topic, **options)
        page = await self.program.event("history")
        position = {"offset": page["offset"], "epoch": page["epoch"]}
        return [publication["data"] for publication in page["publications"]], position


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with topics that clients may publish on."""
    with serve("uvicorn", environment=SITE) as server:
        yield server


@pytest.fixture
async def line(server: Server) -> AsyncIterator[Relay]:
    """The reader's way to the server."""
    async with Relay(server.port) as line:
        yield line


@pytest.fixture(params=["python", pytest.param("javascript", marks=pytest.mark.node)])
async def reader(request: pytest.FixtureRequest, line: Relay) -> AsyncIterator[Reader]:
    """A program at the other end of the line, with each SDK in turn."""
    if request.param == "python":
        async with program(line) as python:
            yield PythonReader(python)
    else:
        start: Run = request.getfixturevalue("run")
        async with start(line) as javascript:
            yield JavaScriptReader(javascript)


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A topic of this test alone."""
    return f"play.stream.{abs(hash(request.node.nodeid))}"


@pytest.fixture
async def publish(server: Server) -> AsyncIterator[Publish]:
    """Return a function with which another program, nearer to the server, publishes."""
    async with program(server) as publisher:

        async def publish_all(topic: str, *data: object) -> None:
            for each in data:
                await publisher.client.publish(topic, each)

        yield publish_all


async def cut(line: Relay, reader: Reader) -> None:
    """Cut the line, and wait until the reader knows."""
    await line.cut()
    await reader.cut_off()


async def test_missed_publications_come_after_a_cut_in_order_and_once(
    line: Relay, reader: Reader, publish: Publish, topic: str
) -> None:
    await reader.follow(topic)
    assert await reader.entered() == Entered(was_recovering=False, recovered=False)
    await publish(topic, 1, 2)
    assert await reader.heard(2) == [1, 2]

    for missed in ([3, 4, 5], [6], list(range(7, 7 + KEPT))):
        await cut(line, reader)
        await publish(topic, *missed)
        await line.mend()

        assert await reader.entered() == Entered(was_recovering=True, recovered=True)
        assert await reader.heard(len(missed)) == missed
    await publish(topic, "live")
    assert await reader.heard(1) == ["live"]


async def test_cut_without_a_publication_is_recovered_with_nothing(
    line: Relay, reader: Reader, publish: Publish, topic: str
) -> None:
    await reader.follow(topic)
    await reader.entered()

    await cut(line, reader)
    await line.mend()

    assert await reader.entered() == Entered(was_recovering=True, recovered=True)
    await publish(topic, "live")
    assert await reader.heard(1) == ["live"]


async def test_more_than_is_kept_is_told_and_not_recovered_in_part(
    line: Relay, reader: Reader, publish: Publish, topic: str
) -> None:
    await reader.follow(topic)
    await reader.entered()
    await cut(line, reader)
    await publish(topic, *range(KEPT + 1))

    await line.mend()

    assert await reader.entered() == Entered(was_recovering=True, recovered=False)
    await publish(topic, "live")
    assert await reader.heard(1) == ["live"]


async def test_stalled_line_delays_and_loses_nothing(
    line: Relay, reader: Reader, publish: Publish, topic: str
) -> None:
    await reader.follow(topic)
    await reader.entered()

    line.stall()
    await publish(topic, 1, 2, 3)
    line.resume()

    assert await reader.heard(3) == [1, 2, 3]


async def test_what_was_sent_but_lost_on_the_line_is_recovered(
    line: Relay, reader: Reader, publish: Publish, topic: str
) -> None:
    await reader.follow(topic)
    await reader.entered()
    await publish(topic, 1)
    assert await reader.heard(1) == [1]

    line.stall()
    await publish(topic, 2, 3)  # the server has sent them, the reader will never get them
    await cut(line, reader)
    await publish(topic, 4)
    await line.mend()

    assert await reader.entered() == Entered(was_recovering=True, recovered=True)
    assert await reader.heard(3) == [2, 3, 4]


async def test_latest_publication_alone_is_recovered_where_the_topic_says_so(
    line: Relay, reader: Reader, publish: Publish, topic: str
) -> None:
    topic = topic.replace("stream", "latest")
    await reader.follow(topic)
    await reader.entered()
    await cut(line, reader)
    await publish(topic, *range(KEPT + 5))

    await line.mend()

    assert await reader.entered() == Entered(was_recovering=True, recovered=True)
    await publish(topic, "live")
    assert await reader.heard(2) == [KEPT + 4, "live"]


async def test_history_is_read_page_by_page_both_ways(
    reader: Reader, publish: Publish, topic: str
) -> None:
    await reader.follow(topic)
    await reader.entered()
    await publish(topic, *range(1, KEPT + 1))

    page, top = await reader.history(limit=4)
    pages = [page]
    while page:
        since = {"offset": page[-1], "epoch": top["epoch"]}  # the data are the offsets here
        page, _ = await reader.history(limit=4, since=since)
        pages.append(page)

    assert pages == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10], []]
    assert top["offset"] == KEPT
    assert (await reader.history(limit=3, reverse=True))[0] == [10, 9, 8]
    since = {"offset": 8, "epoch": top["epoch"]}
    assert (await reader.history(limit=2, since=since, reverse=True))[0] == [7, 6]
    assert await reader.history(limit=0) == ([], top)


async def test_program_that_keeps_a_state_loads_it_anew_when_it_missed_too_much(
    line: Relay, publish: Publish, topic: str
) -> None:
    """The Python SDK then asks to be refused with 112, rather than to go on with a gap."""
    loads: asyncio.Queue[Any] = asyncio.Queue()
    async with program(line) as one:

        async def load(channel: str) -> Any:
            page = await one.client.history(channel, limit=0)
            position = centrifuge.StreamPosition(offset=page.offset, epoch=page.epoch)
            loads.put_nowait(position.offset)
            return position

        follower = Follower()
        subscription = one.client.new_subscription(topic, events=follower, get_state=load)
        await subscription.subscribe()
        assert await next_of(loads) == 0
        await next_of(follower.subscribed)
        await line.cut()
        await next_of(one.states.connecting)
        await publish(topic, *range(KEPT + 1))

        await line.mend()

        assert await next_of(loads) == KEPT + 1
        context = await next_of(follower.subscribed)
        assert context.recovered
        await publish(topic, "live")
        assert (await next_of(follower.publications)).data == "live"


async def test_restarted_server_recovers_nothing_and_says_so(topic: str) -> None:
    with serve("uvicorn", environment=SITE) as server:
        async with program(server) as one:
            reader = PythonReader(one)
            await reader.follow(topic)
            await reader.entered()
            await one.client.publish(topic, "before")
            assert await reader.heard(1) == ["before"]

            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)

            assert await reader.entered() == Entered(was_recovering=True, recovered=False)
            await one.client.publish(topic, "after")
            assert await reader.heard(1) == ["after"]
