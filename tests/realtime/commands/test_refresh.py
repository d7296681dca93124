"""Refresh: another token in time, the end without one, and no token of anybody else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from realtime.version import VERSION
from tests.realtime.commands.credentials import (
    PRIVATE,
    assert_closed,
    connect,
    declared,
    opened_with,
    person,
)
from tests.tokens import KEYS, OTHER_SECRET, mint
from tests.wire import disconnect_push, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime import registry
    from tests.realtime.clock import ClockLoop
    from tests.wire import Configure, OpenData

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def configured(goby: Configure) -> Iterator[registry.Engine]:
    """A site with a key and without pings, which let the time of a test go on."""
    with declared():
        yield goby(
            TOKEN_KEYS=KEYS,
            ALLOW_UNKNOWN_USERS=True,
            PING_INTERVAL=100_000,
            POSITION_CHECK_INTERVAL=100_000,
        )


# The connection


async def test_refreshed_connection_is_told_until_when(open_data: OpenData) -> None:
    wire = await open_data(connect=False)
    client = (await connect(wire, mint(sub="7", ttl=60)))["client"]

    reply = await wire.call("refresh", token=mint(sub="7", ttl=600))

    assert reply["refresh"].pop("ttl") in {599, 600}
    assert reply["refresh"] == {"client": client, "version": VERSION, "expires": True}


async def test_connection_is_closed_with_3005_when_the_grace_is_over(
    clock: ClockLoop, open_data: OpenData
) -> None:
    wire, start = await opened_with(open_data, mint(ttl=60)), clock.now

    assert wire.read(await wire.outgoing.get()) == [disconnect_push(3005, "expired")]

    assert 60 + 25 - 2 <= clock.now - start <= 60 + 25 + 2
    assert (await wire.outgoing.get())["code"] == 3005


async def test_refreshed_connection_lives_on(clock: ClockLoop, open_data: OpenData) -> None:
    wire, start = await opened_with(open_data, mint(ttl=60)), clock.now
    await asyncio.sleep(80)  # in its grace

    wire.ask("refresh", token=mint(ttl=600))
    [refreshed] = wire.read(await wire.outgoing.get())
    assert "refresh" in refreshed
    await wire.outgoing.get()

    assert 680 + 25 - 2 <= clock.now - start <= 680 + 25 + 2


async def test_token_without_an_end_ends_the_refreshing(
    clock: ClockLoop, open_data: OpenData
) -> None:
    wire = await opened_with(open_data, mint(ttl=60))

    wire.ask("refresh", token=mint(ttl=None))
    [refreshed] = wire.read(await wire.outgoing.get())
    assert "expires" not in refreshed["refresh"]
    await asyncio.sleep(1000)

    assert wire.outgoing.empty()


@pytest.mark.parametrize(
    "token",
    [mint(sub="8"), mint(sub=""), mint(sub="7", key=OTHER_SECRET), mint(sub="7", channel="a")],
    ids=["another user", "a guest", "wrong signature", "subscription token"],
)
async def test_refresh_by_a_token_of_somebody_else_is_closed_with_3500(
    token: str, open_data: OpenData
) -> None:
    wire = await opened_with(open_data, mint(sub="7"))

    wire.ask("refresh", token=token)

    await assert_closed(wire, 3500, "invalid token")


async def test_refresh_of_a_user_deactivated_meanwhile_is_closed_with_3500(
    open_data: OpenData,
) -> None:
    user = await person()
    wire = await opened_with(open_data, mint(sub="42"))
    await type(user).objects.filter(pk=42).aupdate(is_active=False)  # tells nobody

    wire.ask("refresh", token=mint(sub="42"))

    await assert_closed(wire, 3500, "invalid token")


async def test_refresh_by_an_expired_token_is_error_109(open_data: OpenData) -> None:
    wire = await opened_with(open_data, mint(sub="7"))

    assert (await wire.call("refresh", token=mint(sub="7", ttl=-1)))["error"]["code"] == 109
    await wire.works()


@pytest.mark.parametrize(("name", "body"), [("refresh", {}), ("sub_refresh", {"channel": PRIVATE})])
async def test_refresh_without_a_token_is_error_107(
    name: str, body: dict[str, str], open_data: OpenData
) -> None:
    wire = await open_data()

    assert (await wire.call(name, **body))["error"]["code"] == 107


async def test_refresh_of_what_never_expires_is_error_108(open_data: OpenData) -> None:
    wire = await open_data()

    assert (await wire.call("refresh", token=mint()))["error"]["code"] == 108
    token = mint(channel=PRIVATE)
    assert (await wire.call("sub_refresh", channel=PRIVATE, token=token))["error"]["code"] == 108


# A subscription


async def test_subscription_is_ended_with_2501_when_the_grace_is_over(
    clock: ClockLoop, open_data: OpenData, configured: registry.Engine
) -> None:
    wire, start = await opened_with(open_data, mint(ttl=None)), clock.now
    await wire.call("subscribe", channel=PRIVATE, token=mint(channel=PRIVATE, ttl=60))

    [pushed] = wire.read(await wire.outgoing.get())

    ended = {"code": 2501, "reason": "subscription expired"}
    assert pushed == {"push": {"channel": PRIVATE, "unsubscribe": ended}}
    assert 60 + 25 - 2 <= clock.now - start <= 60 + 25 + 2
    assert configured.hub.router.followers(PRIVATE) == 0
    # The connection lives on. An action would run in a thread, which this clock does not wait for.
    assert "unsubscribe" in await wire.call("unsubscribe", channel=PRIVATE)


async def test_refreshed_subscription_lives_on(clock: ClockLoop, open_data: OpenData) -> None:
    wire = await opened_with(open_data, mint(ttl=None))
    await wire.call("subscribe", channel=PRIVATE, token=mint(channel=PRIVATE, ttl=60))

    reply = await wire.call("sub_refresh", channel=PRIVATE, token=mint(channel=PRIVATE, ttl=600))
    assert reply["sub_refresh"].pop("ttl") in {599, 600}
    assert reply["sub_refresh"] == {"expires": True}
    await asyncio.sleep(400)

    await publish(PRIVATE, "still here")
    assert (await wire.push())["pub"]["data"] == "still here"


async def test_subscription_that_the_client_ended_does_not_expire(
    clock: ClockLoop, open_data: OpenData, configured: registry.Engine
) -> None:
    wire = await opened_with(open_data, mint(ttl=None))
    await wire.call("subscribe", channel=PRIVATE, token=mint(channel=PRIVATE, ttl=60))

    await wire.call("unsubscribe", channel=PRIVATE)
    await asyncio.sleep(200)

    assert wire.outgoing.empty()


@pytest.mark.parametrize(
    "claims",
    [{"channel": "$wire.open"}, {"channel": PRIVATE, "sub": "8"}],
    ids=["another topic", "another user"],
)
async def test_sub_refresh_by_a_token_for_something_else_is_closed_with_3500(
    claims: dict[str, Any], open_data: OpenData
) -> None:
    wire = await opened_with(open_data, mint(sub="7"))
    await wire.call("subscribe", channel=PRIVATE, token=mint(sub="7", channel=PRIVATE))

    token = mint(**{"sub": "7", **claims})
    wire.ask("sub_refresh", channel=PRIVATE, token=token)

    assert await wire.next() == disconnect_push(3500, "invalid token")
    assert await wire.closed() == 3500


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (mint(sub="7", channel=PRIVATE, ttl=-1), 109),
        (mint(sub="7", channel=PRIVATE, key=OTHER_SECRET), 103),
    ],
    ids=["expired", "wrong signature"],
)
async def test_sub_refresh_by_a_token_that_is_not_good_is_an_error(
    token: str, code: int, open_data: OpenData
) -> None:
    wire = await opened_with(open_data, mint(sub="7"))
    await wire.call("subscribe", channel=PRIVATE, token=mint(sub="7", channel=PRIVATE))

    reply = await wire.call("sub_refresh", channel=PRIVATE, token=token)

    assert reply["error"]["code"] == code


async def test_connection_that_goes_leaves_no_deadline_behind(
    open_data: OpenData, configured: registry.Engine
) -> None:
    wire = await opened_with(open_data, mint())
    await wire.call("subscribe", channel=PRIVATE, token=mint(channel=PRIVATE))
    assert len(configured.heartbeat) == 3

    await wire.disconnect()

    assert len(configured.heartbeat) == 0
