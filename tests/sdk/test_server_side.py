"""Topics that a client did not ask for: given by the site, in every mode of both SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cent
import pytest

from tests.relay import Relay
from tests.tokens import mint

if TYPE_CHECKING:
    from tests.sdk.program import Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_program_is_given_a_topic_and_it_is_taken_again(
    start: Start, server: Server, api: cent.AsyncClient, topic: str
) -> None:
    async with start(server, connect=False) as one, start(server) as other:
        client = (await one.connect())["client"]
        await other.publish(topic, "before")
        invitation = cent.SubscribeRequest(
            user="", client=client, channel=topic, data={"why": "invited"}
        )

        await api.subscribe(invitation)
        given = await one.event("given", channel=topic)
        await other.publish(topic, "unasked")
        heard = await one.event("publication", channel=topic)
        await api.unsubscribe(cent.UnsubscribeRequest(user="", client=client, channel=topic))
        await one.event("taken", channel=topic)

        assert (given["data"], given["recoverable"]) == ({"why": "invited"}, True)
        assert given["position"]["offset"] == 1
        assert (heard["data"], heard["offset"]) == ("unasked", 2)
        await other.publish(topic, "no more")
        await one.asked_all()
        assert one.names().count("publication") == 1


async def test_topics_of_a_token_are_recovered_after_a_cut(
    start: Start, server: Server, topic: str
) -> None:
    second = f"{topic}-second"
    tokens = [mint(channels=[topic, second])] * 2
    async with (
        Relay(server.port) as line,
        start(line, tokens=tokens) as one,
        start(server) as other,
    ):
        given = [await one.event("given") for _ in range(2)]
        assert {each["channel"] for each in given} == {topic, second}
        await other.publish(topic, 1)
        assert await one.heard(1) == [1]

        await line.cut()
        await one.event("connecting")
        await other.publish(topic, 2, 3)
        await other.publish(second, "one")
        await line.mend()

        again = {each["channel"]: each for each in [await one.event("given") for _ in range(2)]}
        assert again[topic]["recovered"]
        assert again[second]["recovered"]
        missed = [await one.event("publication") for _ in range(3)]
        of = {name: [each["data"] for each in missed if each["channel"] == name] for name in again}
        assert of == {topic: [2, 3], second: ["one"]}


async def test_loss_on_a_given_topic_makes_the_program_connect_again(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server, tokens=[mint(channels=[topic])] * 2) as one, start(server) as other:
        await one.event("given")
        await other.publish(topic, 1)
        assert await one.heard(1) == [1]

        await other.call("play.lose", topic=topic)

        assert (await one.event("connecting"))["code"] == 3010
        assert (await one.event("given"))["recovered"]
        await other.publish(topic, 2)
        assert await one.heard(1) == [2]


async def test_program_hears_who_comes_to_a_given_topic(
    start: Start, server: Server, topic: str
) -> None:
    topic = topic.replace("stream", "present")
    async with start(server, tokens=[mint(channels=[topic])]) as one, start(server) as other:
        itself = await one.event("join", channel=topic)
        await other.follow(topic)

        assert (await one.event("join"))["info"] != itself["info"]
        await other.ask("unsubscribe", channel=topic)
        await one.event("leave", channel=topic)
