"""On what terms a program subscribes clients, until when, and when it lets connections end."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING, Any

import pytest

from goby_project.asgi import application
from realtime import registry
from realtime.presence import Stats
from tests.realtime.api.conftest import KEY
from tests.request import reading
from tests.wire import LOBBY, disconnect_push, publish

if TYPE_CHECKING:
    from tests.realtime.api.conftest import OpenUser, Program
    from tests.wire import Configure, DataWire, OpenHTML

KEPT, PLAIN, ROOM = "wire.kept.lobby", "wire.plain", "wire.present.room"
LATEST = "wire.latest"


def soon(seconds: int) -> int:
    return int(time.time()) + seconds


async def told(wire: DataWire) -> dict[str, Any]:
    """Return the next push, which must be about a subscription, without its epoch."""
    subscribe: dict[str, Any] = (await wire.push())["subscribe"]
    subscribe.pop("epoch", None)
    return subscribe


async def publications(wire: DataWire, count: int) -> list[tuple[Any, int]]:
    pubs = [(await wire.push())["pub"] for _ in range(count)]
    return [(pub["data"], pub["offset"]) for pub in pubs]


async def epoch_of(topic: str) -> str:
    return str((await registry.engine().recovery.position(topic, kept(topic))).epoch)


def kept(topic: str) -> Any:
    resolved = registry.catalog.resolve(topic)
    assert resolved is not None
    return resolved.options.history


# Terms


async def test_overridden_client_is_hidden_and_hears_nobody(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")
    flags = ("presence", "join_leave", "force_push_join_leave")
    hidden = {name: {"value": False} for name in flags}

    await program.result("subscribe", user="42", channel=ROOM, override=hidden)
    await told(wire)
    other, _ = await open_user("43")
    await other.call("subscribe", channel=ROOM)

    assert await registry.engine().presence.stats(ROOM) == Stats(1, 1)
    await wire.works()


async def test_info_and_data_may_be_written_in_base64(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")
    text = base64.b64encode(b'{"a":1}').decode()

    await program.result("subscribe", user="42", channel=ROOM, b64info=text, b64data=text)

    assert await told(wire) == {"data": {"a": 1}}
    assert (await wire.push())["join"]["info"]["chan_info"] == {"a": 1}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"override": []}, 107),
        ({"override": {"typo": {"value": True}}}, 107),
        ({"override": {"presence": {"value": True}}}, 108),
        ({"override": {"force_positioning": {"value": True}}}, 108),
        ({"recover_since": {"offset": 1}}, 108),
        ({"recover_since": 1}, 107),
        ({"expire_at": 0}, 107),
        ({"b64info": "?"}, 107),
        ({"info": 1, "b64info": "MQ=="}, 107),
    ],
    ids=repr,
)
async def test_terms_that_cannot_be_given_are_refused(
    program: Program, open_user: OpenUser, body: dict[str, Any], code: int
) -> None:
    wire, _ = await open_user("42")

    assert await program.error("subscribe", user="42", channel=PLAIN, **body) == code

    await wire.works()


# From where


async def test_client_gets_what_it_missed_as_pushes_in_order(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")
    for number in (1, 2, 3):
        await publish(KEPT, number)
    since = {"offset": 1, "epoch": await epoch_of(KEPT)}

    await program.result("subscribe", user="42", channel=KEPT, recover_since=since)
    await publish(KEPT, 4)

    assert await told(wire) == {"recoverable": True, "positioned": True, "offset": 1}
    assert await publications(wire, 3) == [(2, 2), (3, 3), (4, 4)]
    assert registry.engine().instrumentation.recoveries == {True: 1}


async def test_client_that_missed_everything_begins_before_the_first(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")
    await publish(KEPT, 1)

    await program.result("subscribe", user="42", channel=KEPT, recover_since={})

    assert await told(wire) == {"recoverable": True, "positioned": True}
    assert await publications(wire, 1) == [(1, 1)]


async def test_client_that_missed_nothing_gets_nothing(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")
    await publish(KEPT, 1)

    await program.result("subscribe", user="42", channel=KEPT, recover_since={"offset": 1})

    assert (await told(wire))["offset"] == 1
    await wire.works()


@pytest.mark.parametrize("since", [{"offset": 1, "epoch": "another"}, {"offset": 9}, {"offset": 0}])
async def test_client_that_cannot_get_all_is_told_the_position_alone(
    program: Program, open_user: OpenUser, since: dict[str, Any]
) -> None:
    wire, _ = await open_user("42")
    for number in range(7):  # five of them are kept
        await publish(KEPT, number)

    await program.result("subscribe", user="42", channel=KEPT, recover_since=since)

    assert (await told(wire))["offset"] == 7
    assert registry.engine().instrumentation.recoveries == {False: 1}
    await wire.works()


async def test_more_than_can_be_sent_is_not_recovered(
    program: Program, open_user: OpenUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, _ = await open_user("42")
    await publish(KEPT, "x" * 200)
    monkeypatch.setattr(registry.engine().recovery, "max_size", 100)

    await program.result("subscribe", user="42", channel=KEPT, recover_since={})

    assert (await told(wire))["offset"] == 1
    await wire.works()


async def test_topic_of_the_latest_gives_it_to_who_missed_anything(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")
    for number in (1, 2, 3):
        await publish(LATEST, number)

    since = {"offset": 1, "epoch": await epoch_of(LATEST)}
    await program.result("subscribe", user="42", channel=LATEST, recover_since=since)
    await publish(LATEST, 4)

    assert (await told(wire))["offset"] == 2
    assert await publications(wire, 2) == [(3, 3), (4, 4)]


# Until when


async def test_subscription_ends_when_it_was_to_end(program: Program, open_user: OpenUser) -> None:
    wire, _ = await open_user("42")

    await program.result("subscribe", user="42", channel=PLAIN, expire_at=soon(1))
    await told(wire)

    ended = await asyncio.wait_for(wire.push(), 5)
    assert ended["unsubscribe"] == {"code": 2501, "reason": "subscription expired"}
    await publish(PLAIN, "too late")
    await wire.works()


async def test_end_of_a_subscription_is_moved_by_asking_again(
    program: Program, open_user: OpenUser
) -> None:
    wire, client = await open_user("42")
    await program.result("subscribe", user="42", channel=PLAIN, expire_at=soon(1))
    await told(wire)
    [connection] = registry.engine().connections.of("42", client)
    first = connection.topics[PLAIN].deadline

    await program.result("subscribe", user="42", channel=PLAIN)
    assert connection.topics[PLAIN].deadline is first
    await program.result("subscribe", user="42", channel=PLAIN, expire_at=soon(3600))

    second = connection.topics[PLAIN].deadline
    assert first is not None
    assert second is not None
    assert (first.slot, second.slot > 0) == (0, True)
    await wire.works()


async def test_own_subscription_of_a_client_has_no_end(
    program: Program, open_user: OpenUser
) -> None:
    wire, client = await open_user("42")
    await wire.call("subscribe", channel=PLAIN)

    await program.result("subscribe", user="42", channel=PLAIN, expire_at=soon(1))

    [connection] = registry.engine().connections.of("42", client)
    assert connection.topics[PLAIN].deadline is None


async def test_connection_is_told_its_new_end_and_closed_then(
    program: Program, open_user: OpenUser, goby: Configure
) -> None:
    goby(API_KEYS=[KEY], TOKEN_GRACE=0.01)
    wire, _ = await open_user("42")
    await program.result("refresh", user="42", expire_at=soon(100))

    pushed = (await wire.push())["refresh"]
    assert (pushed["expires"], pushed["ttl"] in {99, 100}) == (True, True)
    await program.result("refresh", user="42", expire_at=soon(1))

    assert "refresh" in await wire.push()
    assert await wire.next() == disconnect_push(3005, "expired")
    assert await wire.closed() == 3005


@pytest.mark.parametrize(
    "body", [{"expire_at": 1}, {"expired": True, "expire_at": 2**31}], ids=repr
)
async def test_connection_whose_end_has_come_is_closed_at_once(
    program: Program, open_user: OpenUser, body: dict[str, Any]
) -> None:
    wire, _ = await open_user("42")

    await program.result("refresh", user="42", **body)

    assert await wire.next() == disconnect_push(3005, "expired")
    assert await wire.closed() == 3005


@pytest.mark.parametrize("body", [{}, {"expire_at": 0}, {"expire_at": "soon"}], ids=repr)
async def test_refresh_that_says_nothing_is_refused(program: Program, body: dict[str, Any]) -> None:
    assert await program.error("refresh", user="42", **body) == 107


async def test_client_before_its_connect_has_no_end_yet(
    program: Program, open_user: OpenUser
) -> None:
    wire, client = await open_user("42")
    [connection] = registry.engine().connections.of("42", client)
    consumer: Any = connection.host
    consumer.connected = False

    await program.result("refresh", user="42", expire_at=soon(100))

    consumer.connected = True
    assert consumer.deadline is None
    await wire.works()


async def test_page_stays_as_it_is(program: Program, open_html: OpenHTML) -> None:
    page = await open_html(PLAIN)
    connections = registry.engine().connections
    [connection] = connections._all
    connections.identify(connection, user="42", session="")

    await program.result("refresh", user="42", expire_at=soon(100))
    await program.result("subscribe", user="42", channel=LOBBY, expire_at=soon(100))

    assert set(connection.topics) == {PLAIN}
    assert page.outgoing.empty()


# Whom


async def test_session_names_the_connection_without_a_websocket(
    program: Program, open_user: OpenUser
) -> None:
    engine = registry.engine()
    async with reading(application) as stream:
        [connection] = engine.connections._all
        engine.connections.identify(connection, user="42", session="")
        wire, _ = await open_user("42")

        asked: dict[str, Any] = {"user": "42", "channel": PLAIN}
        await program.result("subscribe", **asked, session=stream.result["session"])
        await program.result("subscribe", **asked, session="no such stream")

        assert await stream.events() == [{"push": {"channel": PLAIN, "subscribe": {}}}]
        await wire.works()
        assert engine.hub.router.followers(PLAIN) == 1
