"""What the codes of a close and of an unsubscribe make of a client, in every mode of both SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cent
import pytest

if TYPE_CHECKING:
    from tests.sdk.program import Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The first and the last code of each range that ends a client, and that lets it come back.
FINAL = [3500, 3503, 3999, 4500, 4999]
PASSING = [3000, 3012, 3499, 4000, 4499]


async def close(api: cent.AsyncClient, client: str, code: int) -> None:
    """Let the site close a guest's connection."""
    ending = cent.Disconnect(code=code, reason=f"because of {code}")
    await api.disconnect(cent.DisconnectRequest(user="", client=client, disconnect=ending))


async def test_program_stays_away_after_a_final_code(
    start: Start, server: Server, api: cent.AsyncClient
) -> None:
    async with start(server, connect=False) as one:
        for code in FINAL:
            client = (await one.connect())["client"]

            await close(api, client, code)

            ended = await one.event("disconnected")
            # With Python the close may overtake the push, and daphne's close has no reason.
            assert (ended["code"], ended["reason"] or f"because of {code}") == (
                *(code, f"because of {code}"),
            )
        expected = ["connecting", "connected", "disconnected"]
        assert [name for name in one.names() if name in expected] == expected * len(FINAL)


async def test_program_comes_back_after_a_passing_code(
    start: Start, server: Server, api: cent.AsyncClient, topic: str
) -> None:
    async with start(server, connect=False) as one:
        connected = await one.connect()
        await one.follow(topic)
        for code in PASSING:
            client = connected["client"]

            await close(api, client, code)

            assert (await one.event("connecting"))["code"] == code
            connected = await one.event("connected")
            assert connected["client"] != client
            assert (await one.event("subscribed"))["recovered"]
        assert "disconnected" not in one.names()


async def test_unsubscribe_with_2000_is_final(
    start: Start, server: Server, api: cent.AsyncClient, topic: str
) -> None:
    async with start(server, connect=False) as one:
        client = (await one.connect())["client"]
        await one.follow(topic)

        await api.unsubscribe(cent.UnsubscribeRequest(user="", client=client, channel=topic))

        ended = await one.event("unsubscribed")
        assert (ended["code"], ended["reason"]) == (2000, "unsubscribed by the server")
        await api.publish(cent.PublishRequest(channel=topic, data="missed"))
        await one.asked_all()
        assert "publication" not in one.names()
        await one.follow(topic)
        assert await one.heard(1) == ["missed"]
        assert one.names().count("connected") == 1


async def test_unsubscribe_with_2500_lets_the_program_subscribe_again(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one, start(server) as other:
        await one.follow(topic)
        await other.publish(topic, "before")
        assert await one.heard(1) == ["before"]

        await other.call("play.lose", topic=topic)

        lost = await one.event("subscribing", code=2500)
        assert lost["reason"] == "insufficient state"
        assert (await one.event("subscribed"))["recovered"]
        await other.publish(topic, "after")
        assert await one.heard(1) == ["after"]
        assert one.names().count("connected") == 1
        assert "unsubscribed" not in one.names()
