"""A right that ends while a client is being let in by it: the client is not let in."""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from realtime import BoundTopic, Client, History, Topic, arrivals, on_connect, registry
from realtime.commands.admission import grant
from realtime.sentences import SENTENCES
from realtime.tokens import sign
from tests.realtime.commands.credentials import PRIVATE, declared, opened_with
from tests.realtime.consumers.conftest import open_html
from tests.realtime.consumers.test_html import error
from tests.tokens import KEYS, mint
from tests.wire import disconnect_push, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime.connections import Connection
    from tests.wire import Configure, HTMLWire, OpenData, OpenHTML

__all__ = ["open_html"]

PATIENCE = 5.0
USER = "42"
TOPICS = ["taken.plain", "taken.kept"]
FOLLOW = {"channel": "taken.other"}


class Question:
    """Asked whether a client may, says yes, but not before it is told to."""

    def __init__(self) -> None:
        self.asked, self.release = asyncio.Event(), asyncio.Event()

    async def __call__(self, *_: Any, **__: Any) -> bool:
        self.asked.set()
        await asyncio.wait_for(self.release.wait(), PATIENCE)
        return True

    async def take_back(self, topic: str) -> None:
        """Wait until it is asked, let the right end meanwhile, and then let it answer."""
        await asyncio.wait_for(self.asked.wait(), PATIENCE)
        await BoundTopic(topic).aunsubscribe(USER)
        self.release.set()


@pytest.fixture
def question(site: None) -> Iterator[Question]:
    """What is asked before a client may follow one of the topics."""
    question = Question()

    async def ask(client: Client) -> bool:
        return await question(client)

    kept = History(size=5, ttl=60)
    topics = [
        Topic("taken.plain", can_subscribe=ask, presence=True),
        Topic("taken.kept", can_subscribe=ask, presence=True, history=kept),
        Topic("taken.other", can_subscribe="anyone", history=kept),
    ]
    yield question
    for topic in topics:
        registry.catalog.remove(topic.pattern)


def whose(engine: registry.Engine) -> Connection:
    """Let the only connection be the user's, and return it."""
    [connection] = engine.connections.everybody()
    engine.connections.identify(connection, user=USER, session="")
    return connection


def assert_follows(engine: registry.Engine, connection: Connection, *topics: str) -> None:
    """Assert what the only connection follows, for whomever one asks."""
    assert set(connection.topics) == set(topics)
    assert set(engine.hub.router) == set(topics)
    assert len(engine.presence) == 0


# Programs


@pytest.mark.parametrize("topic", TOPICS)
async def test_program_whose_right_ends_while_it_is_asked_for_follows_nothing(
    topic: str, open_data: OpenData, engine: registry.Engine, question: Question
) -> None:
    wire = await open_data()
    connection = whose(engine)
    wire.ask("subscribe", channel=topic)

    await question.take_back(topic)

    assert (await wire.push())["unsubscribe"]["code"] == 2000
    assert (await wire.next())["error"]["code"] == 103
    assert_follows(engine, connection)
    await wire.works()


async def slow_history(
    engine: registry.Engine, monkeypatch: pytest.MonkeyPatch, question: Question
) -> None:
    """Let the question be asked after a history was read."""
    read = engine.pubsub.broker.read

    async def read_slowly(*of: Any) -> Any:
        page = await read(*of)
        await question()
        return page

    monkeypatch.setattr(engine.pubsub.broker, "read", read_slowly)


async def test_program_whose_right_ends_while_the_history_is_read_follows_nothing(
    open_data: OpenData,
    engine: registry.Engine,
    question: Question,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = await open_data()
    connection = whose(engine)
    await slow_history(engine, monkeypatch, question)
    wire.ask("subscribe", **FOLLOW)

    await question.take_back("taken.other")

    assert (await wire.push())["unsubscribe"]["code"] == 2000
    assert (await wire.next())["error"]["code"] == 103
    assert_follows(engine, connection)


async def test_program_that_the_site_lets_in_and_out_at_once_follows_what_the_site_said_last(
    open_data: OpenData,
    engine: registry.Engine,
    question: Question,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = await open_data()
    connection = whose(engine)
    assert connection.host is not None
    wire.ask("subscribe", channel="taken.kept")
    await asyncio.wait_for(question.asked.wait(), PATIENCE)

    await BoundTopic("taken.kept").aunsubscribe(USER)
    await connection.host.subscribe("taken.kept")
    question.release.set()

    assert (await wire.push())["unsubscribe"]["code"] == 2000
    assert "subscribe" in await wire.push()
    assert (await wire.next())["error"]["code"] == 103
    assert connection.topics["taken.kept"].server_side
    assert engine.hub.router.subscriptions == 1


async def test_right_on_another_topic_has_nothing_to_do_with_it(
    open_data: OpenData, engine: registry.Engine, question: Question
) -> None:
    wire = await open_data()
    connection = whose(engine)
    wire.ask("subscribe", channel="taken.kept")

    await question.take_back("taken.plain")

    assert "subscribe" in await wire.next()
    assert set(connection.topics) == {"taken.kept"}


@pytest.mark.parametrize("taken", [True, False])
async def test_program_that_is_just_connecting_comes_back(
    open_data: OpenData,
    engine: registry.Engine,
    question: Question,
    monkeypatch: pytest.MonkeyPatch,
    *,
    taken: bool,
) -> None:
    monkeypatch.setattr(arrivals, "_arrivals", [])

    @on_connect
    async def given(client: Client) -> list[str]:
        await question(client)
        return ["taken.other"]

    wire = await open_data(connect=False)
    whose(engine)
    await BoundTopic("taken.other").aunsubscribe(USER)  # nothing was asked yet
    wire.ask("connect")
    if taken:
        await question.take_back("taken.other")
        assert await wire.next() == disconnect_push(3010, "insufficient state")
        assert await wire.closed() == 3010
        assert set(engine.hub.router) == set()
    else:
        question.release.set()
        assert set((await wire.next())["connect"]["subs"]) == {"taken.other"}


async def test_topic_that_is_given_on_connect_has_its_place_while_its_history_is_read(
    open_data: OpenData,
    engine: registry.Engine,
    question: Question,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrivals, "_arrivals", [])
    on_connect(lambda client: ["taken.other", "nowhere"][:1])
    wire = await open_data(connect=False)
    [connection] = engine.connections.everybody()
    await slow_history(engine, monkeypatch, question)
    wire.ask("connect")
    await asyncio.wait_for(question.asked.wait(), PATIENCE)

    assert set(connection.topics) == {"taken.other"}
    question.release.set()

    assert set((await wire.next())["connect"]["subs"]) == {"taken.other"}
    assert connection.topics["taken.other"].server_side


@pytest.mark.django_db(transaction=True)
async def test_subscription_that_ends_while_its_token_is_refreshed_is_not_there(
    open_data: OpenData, goby: Configure, monkeypatch: pytest.MonkeyPatch, question: Question
) -> None:
    engine = goby(TOKEN_KEYS=KEYS, ALLOW_UNKNOWN_USERS=True)

    async def grant_slowly(*of: Any) -> Any:
        await question()
        return await grant(*of)

    monkeypatch.setattr(import_module("realtime.commands.refresh"), "grant", grant_slowly)
    with declared():
        wire = await opened_with(open_data, mint(sub=USER))
        token = mint(sub=USER, channel=PRIVATE)
        assert "subscribe" in await wire.call("subscribe", channel=PRIVATE, token=token)
        wire.ask("sub_refresh", channel=PRIVATE, token=token)
        await question.take_back(PRIVATE)

        assert (await wire.push())["unsubscribe"]["code"] == 2000
        assert (await wire.next())["error"]["code"] == 108
    assert engine.hub.router.subscriptions == 0


async def test_topic_that_is_not_followed_is_not_told_of(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    whose(engine)

    await BoundTopic("wire.plain").aunsubscribe(USER)

    await wire.works()


# Pages


def follow(topic: str) -> str:
    """Return what `goby.js` sends when a part that follows a topic came."""
    return json.dumps({"goby": "follow", "token": sign(page_of(topic, "taken.other"))})


@pytest.mark.parametrize("topic", TOPICS)
async def test_part_whose_right_ends_while_it_is_asked_for_follows_only_the_rest(
    topic: str, open_html: OpenHTML, engine: registry.Engine, question: Question
) -> None:
    wire = await open_html()
    connection = whose(engine)
    wire.send_text(follow(topic))

    await question.take_back(topic)

    assert await wire.text() == error(SENTENCES[103])
    await echoed(wire)
    assert_follows(engine, connection, "taken.other")


async def test_page_whose_right_ends_while_it_opens_follows_only_the_rest(
    open_html: OpenHTML, engine: registry.Engine, question: Question
) -> None:
    opening = asyncio.ensure_future(open_html("taken.kept", "taken.other"))
    await asyncio.wait_for(question.asked.wait(), PATIENCE)
    connection = whose(engine)

    await question.take_back("taken.kept")

    assert await (await opening).text() == error(SENTENCES[103])
    assert_follows(engine, connection, "taken.other")


async def test_page_whose_right_ends_while_a_part_catches_up_follows_no_more(
    open_html: OpenHTML,
    engine: registry.Engine,
    question: Question,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = await open_html("taken.other")
    connection = whose(engine)
    await slow_history(engine, monkeypatch, question)
    part = {"goby": "follow", "token": sign(page_of("taken.other")), "at": ["0~x~taken.other"]}
    wire.send_text(json.dumps(part))

    await question.take_back("taken.other")

    assert await wire.text() == error(SENTENCES[103])
    assert_follows(engine, connection)


async def echoed(wire: HTMLWire) -> None:
    """Wait until the page's messages so far were handled."""
    wire.send_text(json.dumps({"action": "wire.echo", "text": "done"}))
    while "done" not in await wire.whole():
        pass
