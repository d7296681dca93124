"""Terms on which programs follow topics: by tokens, the site and its API, in every mode."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import cent
import pytest

from tests.relay import Relay
from tests.tokens import mint

if TYPE_CHECKING:
    from tests.sdk.program import Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


def override(**flags: bool) -> dict[str, Any]:
    return {name: {"value": value} for name, value in flags.items()}


async def test_topics_that_the_site_names_are_recovered_after_a_cut(
    start: Start, server: Server, topic: str
) -> None:
    tokens = [mint(info={"follow": [topic]})] * 2
    async with (
        Relay(server.port) as line,
        start(line, tokens=tokens) as one,
        start(server) as other,
    ):
        await one.event("given", channel=topic, recoverable=True)
        await other.publish(topic, 1)
        assert await one.heard(1) == [1]

        await line.cut()
        await one.event("connecting")
        await other.publish(topic, 2, 3)
        await line.mend()

        await one.event("given", channel=topic, recovered=True)
        assert await one.heard(2) == [2, 3]


async def test_program_comes_back_when_the_site_could_not_name_its_topics(
    start: Start, server: Server, topic: str
) -> None:
    moody = mint(info={"follow": [topic], "fail_once": topic})
    async with start(server, tokens=[moody] * 2, connect=False) as one:
        await one.ask("connect")

        await one.event("error")  # by which it is known, too, that it comes back
        await one.event("given", channel=topic)
        assert "disconnected" not in one.names()


async def test_program_that_is_hidden_hears_of_others_without_asking(
    start: Start, server: Server, topic: str
) -> None:
    topic = topic.replace("stream", "present")
    hidden = override(presence=False, join_leave=False, force_push_join_leave=True)
    async with start(server) as one, start(server) as other:
        await one.follow(topic, tokens=[mint(channel=topic, override=hidden)])
        await other.follow(topic, join_leave=True)
        itself = await other.event("join")

        assert (await one.event("join"))["info"] == itself["info"]
        assert list(await other.ask("presence", channel=topic)) == [itself["info"]["client"]]
        await one.ask("unsubscribe", channel=topic)
        await one.asked_all()
        await other.asked_all()
        assert other.names().count("join") == 1
        assert "leave" not in other.names()


async def test_topic_of_a_token_comes_with_data_and_shows_info(
    start: Start, server: Server, topic: str
) -> None:
    topic = topic.replace("stream", "present")
    subs = {topic: {"info": {"role": "host"}, "data": {"hello": "host"}}}
    async with start(server, tokens=[mint(subs=subs)]) as one:
        await one.event("given", channel=topic, data={"hello": "host"})

        assert (await one.event("join"))["info"]["chan_info"] == {"role": "host"}


async def test_program_that_may_not_recover_begins_anew(
    start: Start, server: Server, topic: str
) -> None:
    tokens = [mint(channel=topic, override=override(force_recovery=False))] * 2
    async with (
        Relay(server.port) as line,
        start(line) as one,
        start(server) as other,
    ):
        followed = await one.follow(topic, tokens=tokens)
        assert not followed["recoverable"]

        await line.cut()
        await one.event("connecting")
        await other.publish(topic, "missed")
        await line.mend()

        assert not (await one.event("subscribed"))["was_recovering"]
        await other.publish(topic, "heard")
        assert await one.heard(1) == ["heard"]


async def test_program_gets_what_it_missed_on_a_topic_that_it_is_given(
    start: Start, server: Server, api: cent.AsyncClient, topic: str
) -> None:
    async with start(server, connect=False) as one, start(server) as other:
        client = (await one.connect())["client"]
        await other.publish(topic, 1, 2, 3)
        top = await other.ask("history", channel=topic, limit=0)
        position = cent.StreamPosition(offset=1, epoch=top["epoch"])
        invited: Any = {"user": "", "client": client, "channel": topic}

        await api.subscribe(cent.SubscribeRequest(**invited, recover_since=position))
        given = await one.event("given", channel=topic)
        await other.publish(topic, 4)

        assert given["position"] == {"offset": 1, "epoch": top["epoch"]}
        heard = [await one.event("publication") for _ in range(3)]
        assert [(each["data"], each["offset"]) for each in heard] == [(2, 2), (3, 3), (4, 4)]


async def test_program_whose_end_is_moved_goes_on(
    start: Start, server: Server, api: cent.AsyncClient
) -> None:
    async with start(server, connect=False) as one:
        client = (await one.connect())["client"]

        await api.refresh(
            cent.RefreshRequest(user="", client=client, expire_at=int(time.time()) + 600)
        )
        await one.asked_all()
        assert one.names().count("connecting") == 1

        await api.refresh(
            cent.RefreshRequest(user="", client=client, expire_at=int(time.time()) - 1)
        )
        await one.event("connecting", code=3005)
        await one.event("connected")
