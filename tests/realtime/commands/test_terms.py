"""Terms of a token: what others see of the client, what it is told, and how it differs."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from realtime.presence import Stats
from tests.realtime.commands.credentials import assert_closed, connect, declared, opened_with
from tests.tokens import KEYS, mint
from tests.wire import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime import registry
    from tests.wire import Configure, DataWire, OpenData

pytestmark = pytest.mark.django_db(transaction=True)

ROOM, KEPT, PLAIN = "wire.present.room", "wire.kept.lobby", "wire.plain"
USER = "7"


@pytest.fixture(autouse=True)
def configured(goby: Configure) -> Iterator[registry.Engine]:
    """A site with a key, whose users are others'."""
    with declared():
        yield goby(TOKEN_KEYS=KEYS, ALLOW_UNKNOWN_USERS=True)


@pytest.fixture
async def wire(open_data: OpenData) -> DataWire:
    """The connection of a user."""
    return await opened_with(open_data, mint(sub=USER))


def override(**flags: bool) -> dict[str, Any]:
    return {name: {"value": value} for name, value in flags.items()}


async def follow(wire: DataWire, topic: str, **claims: Any) -> dict[str, Any]:
    """Subscribe with a token that says this, and return the result."""
    token = mint(sub=USER, channel=topic, **claims)
    result: dict[str, Any] = (await wire.call("subscribe", channel=topic, token=token))["subscribe"]
    return result


async def come_and_go(open_data: OpenData) -> None:
    """Let somebody follow the room and leave it again."""
    other = await open_data()
    await other.call("subscribe", channel=ROOM)
    await other.call("unsubscribe", channel=ROOM)


# Subscription tokens


async def test_uncounted_client_is_announced_but_nobody_finds_it(
    wire: DataWire, configured: registry.Engine
) -> None:
    await follow(wire, ROOM, override=override(presence=False, force_push_join_leave=True))

    assert "join" in await wire.push()
    assert (await wire.call("presence", channel=ROOM))["presence"]["presence"] == {}
    assert await configured.presence.stats(ROOM) == Stats(0, 0)
    await wire.call("unsubscribe", channel=ROOM)
    assert len(configured.presence) == 0


async def test_silent_client_is_counted_but_nobody_hears_of_it(
    wire: DataWire, open_data: OpenData, configured: registry.Engine
) -> None:
    listener = await open_data()
    await listener.call("subscribe", channel=ROOM, join_leave=True)
    await listener.push()  # its own join

    await follow(wire, ROOM, override=override(join_leave=False))

    assert await configured.presence.stats(ROOM) == Stats(2, 2)
    await wire.call("unsubscribe", channel=ROOM)
    assert await configured.presence.stats(ROOM) == Stats(1, 1)
    await listener.works()


async def test_client_hears_of_others_without_asking(wire: DataWire, open_data: OpenData) -> None:
    await follow(wire, ROOM, override=override(force_push_join_leave=True, join_leave=False))

    await come_and_go(open_data)

    assert [list(await wire.push())[-1] for _ in range(2)] == ["join", "leave"]


async def test_client_that_asks_hears_of_others_whatever_is_not_forced(
    wire: DataWire, open_data: OpenData
) -> None:
    token = mint(
        sub=USER,
        channel=ROOM,
        override=override(force_push_join_leave=False, join_leave=False),
    )
    await wire.call("subscribe", channel=ROOM, token=token, join_leave=True)

    await come_and_go(open_data)

    assert [list(await wire.push())[-1] for _ in range(2)] == ["join", "leave"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"force_recovery": False}, {"positioned"}),
        ({"force_positioning": False}, {"recoverable"}),
        ({"force_recovery": False, "force_positioning": False}, set()),
        ({"force_recovery": True, "force_positioning": True}, {"positioned", "recoverable"}),
    ],
)
async def test_client_is_told_what_it_can_count_on(
    wire: DataWire, flags: dict[str, bool], told: set[str], configured: registry.Engine
) -> None:
    result = await follow(wire, KEPT, override=override(**flags))

    assert {name for name in ("positioned", "recoverable") if result.get(name)} == told
    assert result["epoch"]
    configured.hub.lose(KEPT)  # a loss is noticed all the same
    assert (await wire.push())["unsubscribe"]["code"] == 2500


@pytest.mark.parametrize("topic", [PLAIN, KEPT])
async def test_data_is_for_the_client_and_info_for_others(
    wire: DataWire, topic: str, configured: registry.Engine
) -> None:
    hidden = base64.b64encode(b'{"role":"host"}').decode()

    result = await follow(wire, topic, b64info=hidden, data={"hello": "Ada"})

    assert result["data"] == {"hello": "Ada"}
    [connection] = configured.connections.of(USER)
    assert connection.topics[topic].info == {"role": "host"}


@pytest.mark.parametrize(
    "claims",
    [
        {"override": override(presence=True)},
        {"override": override(join_leave=True)},
        {"override": override(force_push_join_leave=True)},
        {"override": override(force_recovery=True)},
        {"override": {"presence": True}},
        {"b64info": "no JSON"},
    ],
    ids=repr,
)
async def test_subscription_token_that_asks_for_too_much_is_denied(
    wire: DataWire, claims: dict[str, Any]
) -> None:
    token = mint(sub=USER, channel=PLAIN, **claims)

    reply = await wire.call("subscribe", channel=PLAIN, token=token)

    assert reply["error"]["code"] == 103
    await wire.works()


# Connection tokens


async def test_topics_of_a_connection_have_their_own_terms(
    open_data: OpenData, configured: registry.Engine
) -> None:
    wire = await open_data(connect=False)
    subs = {
        ROOM: {"info": {"role": "host"}, "data": 1},
        KEPT: {"override": override(force_recovery=False)},
        PLAIN: {"data": "hi"},
    }

    result = await connect(wire, mint(sub=USER, info="Ada", subs=subs))

    told = result["subs"]
    assert (told[ROOM], told[PLAIN]) == ({"data": 1}, {"data": "hi"})
    assert ("recoverable" in told[KEPT], told[KEPT]["positioned"]) == (False, True)
    join = (await wire.push())["join"]["info"]
    assert (join["conn_info"], join["chan_info"]) == ("Ada", {"role": "host"})


async def test_client_that_the_site_subscribed_hears_nobody_if_the_site_says_so(
    open_data: OpenData,
) -> None:
    wire = await open_data(connect=False)
    quiet = {"override": override(force_push_join_leave=False)}
    await connect(wire, mint(sub=USER, subs={ROOM: quiet}))

    await come_and_go(open_data)

    await wire.works()


async def test_connection_token_that_asks_for_too_much_is_invalid(
    open_data: OpenData, configured: registry.Engine
) -> None:
    wire = await open_data(connect=False)
    wire.ask("connect", token=mint(subs={KEPT: {}, PLAIN: {"override": override(presence=True)}}))

    await assert_closed(wire, 3500, "invalid token")
    assert configured.hub.router.topics == 0


async def test_recovery_goes_on_as_before(open_data: OpenData) -> None:
    first = await open_data(connect=False)
    epoch = (await connect(first, mint(channels=[KEPT])))["subs"][KEPT]["epoch"]
    await publish(KEPT, "missed")
    since = {KEPT: {"recover": True, "epoch": epoch}}

    second = await open_data(connect=False)
    result = await connect(second, mint(subs={KEPT: {"data": "again"}}), subs=since)

    told = result["subs"][KEPT]
    assert (told["recovered"], told["data"]) == (True, "again")
    assert [pub["data"] for pub in told["publications"]] == ["missed"]
