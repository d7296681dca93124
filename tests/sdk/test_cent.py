"""The official Python client of the server API, unmodified, against a real server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import cent
import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so
import pytest

from tests.sdk.test_python_sdk import LOBBY, States, next_of, program
from tests.server import Server, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    Call = Callable[[cent.CentRequest[Any]], Awaitable[Any]]

KEY = "the-key-of-the-tests-which-is-long-enough"
OTHER_KEY = "another-key-that-is-good-at-the-same-time"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with two API keys."""
    with serve("uvicorn", environment={"GOBY_API_KEYS": f"tests:{KEY},{OTHER_KEY}"}) as server:
        yield server


@pytest.fixture(params=["sync", "async"])
async def call(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Call]:
    """Return a function that sends a request with one client, then with the other."""
    if request.param == "sync":
        with cent.Client(f"{server.url}/api", KEY) as client:
            yield lambda asked: asyncio.to_thread(getattr(client, asked.api_method), asked)
    else:
        async with cent.AsyncClient(f"{server.url}/api", OTHER_KEY) as async_client:
            yield lambda asked: getattr(async_client, asked.api_method)(asked)


class Guest(States):
    """Keeps what a client tells, its id, and what the server let it follow."""

    client = ""

    def __init__(self) -> None:
        super().__init__()
        self.told: asyncio.Queue[Any] = asyncio.Queue()

    async def on_connected(self, ctx: Any) -> None:
        self.client = ctx.client
        await super().on_connected(ctx)

    async def on_subscribed(self, ctx: Any) -> None:
        self.told.put_nowait(ctx)

    async def on_unsubscribed(self, ctx: Any) -> None:
        self.told.put_nowait(ctx)

    async def on_publication(self, ctx: Any) -> None:
        self.told.put_nowait(ctx)


@asynccontextmanager
async def guest(server: Server) -> AsyncIterator[Guest]:
    """Connect a guest until the block ends."""
    states = Guest()
    client = centrifuge.Client(
        server.data_socket, events=states, proxy=None, max_reconnect_delay=0.5
    )
    await client.connect()
    try:
        await next_of(states.connected)
        yield states
    finally:
        await client.disconnect()
        if client._background_tasks:
            await asyncio.wait(client._background_tasks, timeout=5)


async def test_publication_reaches_the_follower(server: Server, call: Call) -> None:
    async with program(server) as one:
        await one.follow()

        result = await call(
            cent.PublishRequest(channel=LOBBY, data={"text": "over HTTP"}, tags={"by": "cent"})
        )

        heard = await one.heard()
        assert (heard.data, heard.tags) == ({"text": "over HTTP"}, {"by": "cent"})
        assert heard.offset == result.offset > 0
        assert result.epoch


async def test_repeated_key_is_published_once(server: Server, call: Call) -> None:
    asked = cent.PublishRequest(
        channel=LOBBY, data={"text": "once"}, idempotency_key=f"once-{id(call)}"
    )
    async with program(server) as one:
        await one.follow()

        results = [await call(asked) for _ in range(2)]
        await call(cent.PublishRequest(channel=LOBBY, data={"text": "and on"}))

        assert results[0] == results[1]
        assert [(await one.heard()).data["text"] for _ in range(2)] == ["once", "and on"]


async def test_broadcast_answers_for_each_channel(server: Server, call: Call) -> None:
    async with program(server) as one:
        await one.follow()

        result = await call(
            cent.BroadcastRequest(channels=["no.such", LOBBY], data={"text": "to all"})
        )

        refused, accepted = result.responses
        assert refused.error.code == 102
        assert (await one.heard()).offset == accepted.result.offset


async def test_history_is_read_and_removed(call: Call) -> None:
    await call(cent.HistoryRemoveRequest(channel=LOBBY))
    sent = await call(cent.PublishRequest(channel=LOBBY, data={"text": "kept"}))
    await call(cent.PublishRequest(channel=LOBBY, data={"text": "not kept"}, skip_history=True))

    kept = await call(cent.HistoryRequest(channel=LOBBY, limit=-1))
    position = cent.StreamPosition(offset=sent.offset, epoch=sent.epoch)
    nothing = await call(cent.HistoryRequest(channel=LOBBY, limit=10, since=position))
    await call(cent.HistoryRemoveRequest(channel=LOBBY))
    removed = await call(cent.HistoryRequest(channel=LOBBY, limit=-1, reverse=True))

    assert [each.data["text"] for each in kept.publications] == ["kept"]
    assert (kept.offset, kept.epoch) == (sent.offset, sent.epoch)
    assert nothing.publications == removed.publications == []
    assert removed.offset == sent.offset


async def test_channels_and_info_tell_who_is_there(server: Server, call: Call) -> None:
    async with program(server) as one:
        await one.follow()

        channels = await call(cent.ChannelsRequest(pattern="chat.room.*"))
        [node] = (await call(cent.InfoRequest())).nodes

        assert channels.channels[LOBBY].num_clients >= 1
        assert node.num_clients >= 1
        assert node.num_channels >= 1


async def test_batch_answers_in_order(server: Server, call: Call) -> None:
    async with program(server) as one:
        await one.follow()
        publish = cent.PublishRequest(channel=LOBBY, data={"text": "in a batch"})

        result = await call(cent.BatchRequest(requests=[publish, cent.InfoRequest(), publish]))

        first, info, second = result.replies
        assert second.offset == first.offset + 1
        assert info.nodes[0].name == "goby"
        assert [(await one.heard()).offset for _ in range(2)] == [first.offset, second.offset]


async def test_client_is_subscribed_unasked_and_unsubscribed(server: Server, call: Call) -> None:
    async with guest(server) as states:
        invited: Any = {"user": "", "client": states.client, "channel": LOBBY}
        await call(cent.SubscribeRequest(**invited, data={"why": "invited"}))
        await call(cent.PublishRequest(channel=LOBBY, data={"text": "unasked"}))
        await call(cent.UnsubscribeRequest(**invited))

        subscribed, publication, unsubscribed = [await next_of(states.told) for _ in range(3)]
        assert (subscribed.channel, subscribed.data) == (LOBBY, {"why": "invited"})
        assert subscribed.recoverable
        assert publication.pub.offset == subscribed.stream_position.offset + 1
        assert unsubscribed.channel == LOBBY


async def test_disconnected_client_stays_away(server: Server, call: Call) -> None:
    async with guest(server) as states:
        ending = cent.Disconnect(code=4600, reason="enough")

        await call(cent.DisconnectRequest(user="", client=states.client, disconnect=ending))

        ended = await next_of(states.disconnected)
        assert (ended.code, ended.reason) == (4600, "enough")


async def test_expired_client_comes_back(server: Server, call: Call) -> None:
    async with guest(server) as states:
        first = states.client
        await next_of(states.connecting)

        await call(cent.RefreshRequest(user="", client=first, expired=True))

        assert (await next_of(states.connecting)).code == 3005
        await next_of(states.connected)
        assert states.client != first


async def test_refused_request_is_an_error_with_its_code(call: Call) -> None:
    with pytest.raises(cent.CentApiResponseError) as refused:
        await call(cent.PublishRequest(channel="no.such.topic", data={}))
    assert refused.value.code == 102

    with pytest.raises(cent.CentApiResponseError) as without:
        await call(cent.PresenceRequest(channel=LOBBY))
    assert without.value.code == 108


async def test_wrong_key_is_unauthorized(server: Server) -> None:
    async with cent.AsyncClient(f"{server.url}/api", "a-key-that-was-revoked-long-ago") as client:
        with pytest.raises(cent.CentUnauthorizedError):
            await client.info(cent.InfoRequest())
