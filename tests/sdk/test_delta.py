"""Topics of which clients get only what changed: every mode of both SDKs has the whole of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.relay import Relay
from tests.sdk.program import Mode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.sdk.conftest import Hosts
    from tests.sdk.program import Program, Start
    from tests.server import Kind, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEPT = 10  # publications of a topic


@pytest.fixture
def server(servers: Callable[[Kind], Server]) -> Server:
    """The server for production."""
    return servers("uvicorn")


@pytest.fixture
def topic(topic: str) -> str:
    """A topic of this test alone, which allows patches."""
    return topic.replace("stream", "patched")


@pytest_asyncio.fixture(loop_scope="session")
async def writer(hosts: Hosts, server: Server) -> AsyncIterator[Program]:
    """Another program, which publishes."""
    async with hosts.run(Mode("python", "json"), {}, server) as program:
        yield program


def document(version: int) -> dict[str, Any]:
    """Return a document of which little changes from version to version."""
    lines = [f"Line {number}: größer als man glaubt, \U0001f600 \\ \n." for number in range(30)]
    lines[version % 30] = f"Line of version {version}: \u2028 ü."
    return {"version": version, "lines": lines, "author": {"name": "Zoë", "age": None}}


async def test_patched_documents_are_those_that_were_published(
    start: Start, server: Server, writer: Program, topic: str
) -> None:
    versions = [document(version) for version in range(20)]
    async with start(server) as patched, start(server) as plain:
        await patched.follow(topic, delta="fossil")
        await plain.follow(topic)

        await writer.publish(topic, *versions)

        assert await patched.heard(20) == await plain.heard(20) == versions
        assert await patched.ask("patches", channel=topic) == 19
        assert await plain.ask("patches", channel=topic) == 0


async def test_document_that_has_nothing_of_the_last_one_comes_whole(
    start: Start, server: Server, writer: Program, topic: str
) -> None:
    documents: list[Any] = [document(1), "ä", None, 17, [], document(2), document(3)]
    async with start(server) as one:
        await one.follow(topic, delta="fossil")

        await writer.publish(topic, *documents)

        assert await one.heard(len(documents)) == documents
        assert await one.ask("patches", channel=topic) == 1


async def test_who_comes_later_begins_with_the_whole_document(
    start: Start, server: Server, writer: Program, topic: str
) -> None:
    async with start(server) as early, start(server) as late:
        await early.follow(topic, delta="fossil")
        await writer.publish(topic, document(1), document(2))
        assert await early.heard(2) == [document(1), document(2)]
        await late.follow(topic, delta="fossil")

        await writer.publish(topic, document(3), document(4))

        assert await early.heard(2) == await late.heard(2) == [document(3), document(4)]
        assert await early.ask("patches", channel=topic) == 3
        assert await late.ask("patches", channel=topic) == 1


async def test_recovered_documents_are_patched_and_go_on_live(
    start: Start, server: Server, writer: Program, topic: str
) -> None:
    async with Relay(server.port) as line, start(line) as one:
        await one.follow(topic, delta="fossil")
        await writer.publish(topic, document(1), document(2))
        assert await one.heard(2) == [document(1), document(2)]
        patches = 1

        for first, missed in ((3, 5), (8, 1), (9, 0)):
            await line.cut()
            await one.event("connecting")
            versions = [document(version) for version in range(first, first + missed)]
            await writer.publish(topic, *versions)
            await line.mend()

            assert (await one.event("subscribed"))["recovered"]
            assert await one.heard(missed) == versions
            patches += max(0, missed - 1)  # the first is whole
            assert await one.ask("patches", channel=topic) == patches

        await writer.publish(topic, document(9), document(10))
        assert await one.heard(2) == [document(9), document(10)]
        # The first after a recovery of nothing is whole: the server does not know what it has.
        assert await one.ask("patches", channel=topic) == patches + 1


async def test_who_missed_too_much_begins_with_the_whole_document(
    start: Start, server: Server, writer: Program, topic: str
) -> None:
    async with Relay(server.port) as line, start(line) as one:
        await one.follow(topic, delta="fossil")
        await writer.publish(topic, document(1))
        assert await one.heard(1) == [document(1)]
        await line.cut()
        await one.event("connecting")
        await writer.publish(topic, *(document(version) for version in range(2, 3 + KEPT)))
        await line.mend()

        assert not (await one.event("subscribed"))["recovered"]
        await writer.publish(topic, document(50), document(51))

        assert await one.heard(2) == [document(50), document(51)]
        assert await one.ask("patches", channel=topic) == 1


async def test_program_that_begins_anew_has_whole_documents_to_patch(
    start: Start, server: Server, writer: Program, topic: str
) -> None:
    async with start(server) as one:
        await one.follow(topic, delta="fossil")
        await writer.publish(topic, document(1), document(2))
        assert await one.heard(2) == [document(1), document(2)]

        await writer.call("play.lose", topic=topic)  # unsubscribe 2500
        await one.event("subscribing", code=2500)
        assert (await one.event("subscribed"))["recovered"]
        await writer.publish(topic, document(3), document(4))
        assert await one.heard(2) == [document(3), document(4)]

        await one.ask("unsubscribe", channel=topic)
        await one.asked_all()
        await writer.publish(topic, document(5), document(6))
        await one.follow(topic)
        await writer.publish(topic, document(7), document(8))
        assert await one.heard(4) == [document(version) for version in (5, 6, 7, 8)]
        # Whole were 1, 3 and 5, and 7: the server keeps for patches what somebody follows.
        assert await one.ask("patches", channel=topic) == 4


async def test_topic_without_patches_is_followed_all_the_same(
    start: Start, server: Server, writer: Program, topic: str
) -> None:
    topic = topic.replace("patched", "stream")
    async with start(server) as one:
        await one.follow(topic, delta="fossil")

        await writer.publish(topic, document(1), document(2))

        assert await one.heard(2) == [document(1), document(2)]
        assert await one.ask("patches", channel=topic) == 0
