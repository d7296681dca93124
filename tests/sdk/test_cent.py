"""The official Python client of the server API, unmodified, against a real server."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING, Any

import cent
import pytest
import pytest_asyncio

from tests.sdk.conftest import API_KEY, OTHER_API_KEY
from tests.sdk.program import LOBBY, Mode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.sdk.conftest import Hosts
    from tests.sdk.program import Program
    from tests.server import Kind, Server

    Call = Callable[[cent.CentRequest[Any]], Awaitable[Any]]

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def server(servers: Callable[[Kind], Server]) -> Server:
    """The server for production: the API is plain HTTP."""
    return servers("uvicorn")


@pytest_asyncio.fixture(loop_scope="session", params=["sync", "async"])
async def call(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Call]:
    """Return a function that sends a request with one client, then with the other."""
    if request.param == "sync":
        with cent.Client(f"{server.url}/api", API_KEY) as client:
            yield lambda asked: asyncio.to_thread(getattr(client, asked.api_method), asked)
    else:
        async with cent.AsyncClient(f"{server.url}/api", OTHER_API_KEY) as async_client:
            yield lambda asked: getattr(async_client, asked.api_method)(asked)


@pytest_asyncio.fixture(loop_scope="session")
async def one(hosts: Hosts, server: Server) -> AsyncIterator[Program]:
    """A program that is connected as a guest."""
    async with hosts.run(Mode("python", "json"), {}, server) as program:
        yield program


def client_of(program: Program) -> str:
    """Return the id of the program's connection."""
    connected = [event for event in program.events if event["event"] == "connected"]
    return str(connected[-1]["client"])


async def test_publication_reaches_the_follower(one: Program, call: Call) -> None:
    await one.follow()

    result = await call(
        cent.PublishRequest(channel=LOBBY, data={"text": "over HTTP"}, tags={"by": "cent"})
    )

    heard = await one.event("publication")
    assert (heard["data"], heard["tags"]) == ({"text": "over HTTP"}, {"by": "cent"})
    assert heard["offset"] == result.offset > 0
    assert result.epoch


async def test_repeated_key_is_published_once(one: Program, call: Call) -> None:
    asked = cent.PublishRequest(
        channel=LOBBY, data={"text": "once"}, idempotency_key=f"once-{id(call)}"
    )
    await one.follow()

    results = [await call(asked) for _ in range(2)]
    await call(cent.PublishRequest(channel=LOBBY, data={"text": "and on"}))

    assert results[0] == results[1]
    assert [data["text"] for data in await one.heard(2)] == ["once", "and on"]


async def test_broadcast_answers_for_each_channel(one: Program, call: Call) -> None:
    await one.follow()

    result = await call(cent.BroadcastRequest(channels=["no.such", LOBBY], data={"text": "to all"}))

    refused, accepted = result.responses
    assert refused.error.code == 102
    assert (await one.event("publication"))["offset"] == accepted.result.offset


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


async def test_channels_and_info_tell_who_is_there(one: Program, call: Call) -> None:
    await one.follow()

    channels = await call(cent.ChannelsRequest(pattern="chat.room.*"))
    [node] = (await call(cent.InfoRequest())).nodes

    assert channels.channels[LOBBY].num_clients >= 1
    assert node.num_clients >= 1
    assert node.num_channels >= 1


async def test_batch_answers_in_order(one: Program, call: Call) -> None:
    await one.follow()
    publish = cent.PublishRequest(channel=LOBBY, data={"text": "in a batch"})

    result = await call(cent.BatchRequest(requests=[publish, cent.InfoRequest(), publish]))

    first, info, second = result.replies
    assert second.offset == first.offset + 1
    assert info.nodes[0].name == "goby"
    heard = [await one.event("publication") for _ in range(2)]
    assert [each["offset"] for each in heard] == [first.offset, second.offset]


async def test_client_is_subscribed_unasked_and_unsubscribed(one: Program, call: Call) -> None:
    invited: Any = {"user": "", "client": client_of(one), "channel": LOBBY}
    await call(cent.SubscribeRequest(**invited, data={"why": "invited"}))
    await call(cent.PublishRequest(channel=LOBBY, data={"text": "unasked"}))
    await call(cent.UnsubscribeRequest(**invited))

    given = await one.event("given", channel=LOBBY, data={"why": "invited"}, recoverable=True)
    publication = await one.event("publication", data={"text": "unasked"})
    assert publication["offset"] == given["position"]["offset"] + 1
    await one.event("taken", channel=LOBBY)


async def test_disconnected_client_stays_away(one: Program, call: Call) -> None:
    ending = cent.Disconnect(code=4600, reason="enough")

    await call(cent.DisconnectRequest(user="", client=client_of(one), disconnect=ending))

    await one.event("disconnected", code=4600, reason="enough")


async def test_expired_client_comes_back(one: Program, call: Call) -> None:
    first = client_of(one)

    await call(cent.RefreshRequest(user="", client=first, expired=True))

    await one.event("connecting", code=3005)
    await one.event("connected")
    assert client_of(one) != first


async def test_bytes_of_json_are_published(one: Program, call: Call) -> None:
    await one.follow()
    text = base64.b64encode(b'{"text": "in Base64"}').decode()

    await call(cent.PublishRequest(channel=LOBBY, data=None, b64data=text))
    await call(cent.BroadcastRequest(channels=[LOBBY], data=None, b64data=text))

    assert await one.heard(2) == [{"text": "in Base64"}] * 2
    with pytest.raises(cent.CentApiResponseError) as refused:
        await call(cent.PublishRequest(channel=LOBBY, data=None, b64data="/w=="))
    assert (refused.value.code, "JSON" in refused.value.message) == (107, True)


async def test_client_is_subscribed_on_terms(one: Program, call: Call) -> None:
    topic = f"play.stream.terms-{id(call)}"
    sent = [await call(cent.PublishRequest(channel=topic, data=number)) for number in (1, 2, 3)]
    position = cent.StreamPosition(offset=sent[0].offset, epoch=sent[0].epoch)
    terms: Any = {
        "info": {"role": "guest of honour"},
        "b64data": base64.b64encode(b'{"why": "invited"}').decode(),
        "recover_since": position,
        "override": cent.ChannelOptionsOverride(
            presence=cent.BoolValue(value=False), force_recovery=cent.BoolValue(value=True)
        ),
    }

    await call(cent.SubscribeRequest(user="", client=client_of(one), channel=topic, **terms))

    given = await one.event("given", channel=topic, data={"why": "invited"}, recoverable=True)
    assert given["position"] == {"offset": sent[0].offset, "epoch": sent[0].epoch}
    assert await one.heard(2) == [2, 3]


async def test_override_that_the_topic_has_nothing_for_is_an_error(
    one: Program, call: Call
) -> None:
    asked = cent.ChannelOptionsOverride(join_leave=cent.BoolValue(value=True))

    with pytest.raises(cent.CentApiResponseError) as refused:
        await call(
            cent.SubscribeRequest(user="", client=client_of(one), channel=LOBBY, override=asked)
        )
    assert refused.value.code == 108


async def test_connection_that_gets_an_end_goes_on_until_then(one: Program, call: Call) -> None:
    whom: Any = {"user": "", "client": client_of(one)}

    await call(cent.RefreshRequest(**whom, expire_at=int(time.time()) + 3600))
    await one.asked_all()
    assert one.names().count("connecting") == 1
    await call(cent.RefreshRequest(**whom, expire_at=int(time.time()) - 1))

    await one.event("connecting", code=3005)


async def test_session_that_no_stream_has_names_nobody(one: Program, call: Call) -> None:
    whom: Any = {"user": "", "client": client_of(one), "session": "no such stream"}

    await call(cent.SubscribeRequest(**whom, channel=LOBBY))
    await call(cent.UnsubscribeRequest(**whom, channel=LOBBY))
    await call(cent.RefreshRequest(**whom, expired=True))
    await call(cent.DisconnectRequest(**whom))

    await one.asked_all()
    assert {"given", "disconnected"}.isdisjoint(one.names())


async def test_refused_request_is_an_error_with_its_code(call: Call) -> None:
    with pytest.raises(cent.CentApiResponseError) as refused:
        await call(cent.PublishRequest(channel="no.such.topic", data={}))
    assert refused.value.code == 102

    with pytest.raises(cent.CentApiResponseError) as without:
        await call(cent.PresenceRequest(channel="play.stream.no-presence"))
    assert without.value.code == 108


async def test_wrong_key_is_unauthorized(server: Server) -> None:
    async with cent.AsyncClient(f"{server.url}/api", "a-key-that-was-revoked-long-ago") as client:
        with pytest.raises(cent.CentUnauthorizedError):
            await client.info(cent.InfoRequest())
