"""Tokens: fetched, refreshed, refused and replayed, in every mode of both SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sdk.program import LOBBY
from tests.sdk.visitor import Visitor
from tests.tokens import OTHER_SECRET, mint

if TYPE_CHECKING:
    from tests.sdk.conftest import Everyone
    from tests.sdk.program import Mode, Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_tokens_are_refreshed_before_they_end(
    everyone: Everyone, server: Server, topic: str
) -> None:
    async def scene(_mode: Mode, start: Start) -> None:
        async with start(server, tokens=[mint(ttl=2), mint(ttl=600)]) as one:
            tokens = [mint(channel=topic, ttl=2), mint(channel=topic)]
            await one.follow(topic, tokens=tokens)

            asked = [await one.event("asked", left=1) for _ in range(2)]
            await one.publish(topic, "after the refresh")

            assert {each["kind"] for each in asked} == {"connection", "subscription"}
            assert (await one.event("publication"))["data"] == "after the refresh"
            assert one.names().count("connecting") == one.names().count("subscribing") == 1
            assert "unsubscribed" not in one.names()

    await everyone(scene)


async def test_refresh_by_another_users_token_ends_the_client(
    everyone: Everyone, server: Server
) -> None:
    async def scene(_mode: Mode, start: Start) -> None:
        async with start(server, tokens=[mint(ttl=2), mint(key=OTHER_SECRET)]) as one:
            assert (await one.event("disconnected"))["code"] == 3500

    await everyone(scene)


async def test_sub_refresh_by_another_topics_token_ends_the_client(
    everyone: Everyone, server: Server, topic: str
) -> None:
    async def scene(_mode: Mode, start: Start) -> None:
        async with start(server) as one:
            await one.follow(topic, tokens=[mint(channel=topic, ttl=2), mint(channel=LOBBY)])

            assert (await one.event("disconnected"))["code"] == 3500

    await everyone(scene)


async def test_expired_token_makes_the_client_fetch_another(start: Start, server: Server) -> None:
    async with start(server, tokens=[mint(ttl=-10), mint()]) as one:
        asked = [event["left"] for event in one.events if event["event"] == "asked"]
        assert asked == [2, 1]


async def test_forged_token_ends_the_client_for_good(start: Start, server: Server) -> None:
    async with start(server, tokens=[mint(key=OTHER_SECRET), mint()], connect=False) as one:
        await one.ask("connect")

        assert (await one.event("disconnected"))["code"] == 3500
        assert "connected" not in one.names()


async def test_expired_subscription_token_makes_the_client_fetch_another(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one:
        await one.follow(topic, tokens=[mint(channel=topic, ttl=-10), mint(channel=topic)])

        assert one.names().count("asked") == 2


async def test_subscription_token_of_another_topic_ends_the_client(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one:
        await one.ask("subscribe", channel=topic, tokens=[mint(channel=LOBBY)])

        assert (await one.event("disconnected"))["code"] == 3500


async def test_token_tells_others_who_it_is(start: Start, server: Server, topic: str) -> None:
    topic = topic.replace("stream", "present")
    async with start(server, tokens=[mint(info={"name": "Zoë"})]) as one:
        await one.ask(
            "subscribe",
            channel=topic,
            join_leave=True,
            tokens=[mint(channel=topic, info=["on this topic"])],
        )

        info = (await one.event("join"))["info"]

        assert (info["conn_info"], info["chan_info"]) == ({"name": "Zoë"}, ["on this topic"])


async def test_token_of_the_site_ends_with_its_session_and_cannot_be_replayed(
    start: Start, server: Server
) -> None:
    async with Visitor(server) as visitor:
        token = (await visitor.get("/realtime/token/")).json()["token"]
        async with start(server, tokens=[token]) as one:
            await visitor.post("/accounts/sign-out/")

            assert (await one.event("disconnected"))["code"] == 3503

    async with start(server, tokens=[token], connect=False) as replayed:
        await replayed.ask("connect")

        assert (await replayed.event("disconnected"))["code"] == 3500
