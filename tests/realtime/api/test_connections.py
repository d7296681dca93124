"""What a program does to a user's connections, and to nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from realtime import registry
from realtime.connections import Connection
from realtime.outbox import Ending
from tests.wire import LOBBY, disconnect_push, publish

if TYPE_CHECKING:
    from tests.realtime.api.conftest import OpenUser, Program
    from tests.wire import OpenHTML

PLAIN = "wire.plain"
CLOSED = "wire.closed"


async def test_subscribed_clients_are_told_and_get_what_is_published(
    program: Program, open_user: OpenUser
) -> None:
    (one, _), (two, _), (other, _) = [await open_user(user) for user in ("42", "42", "43")]

    assert await program.result("subscribe", user="42", channel=CLOSED) == {}
    await publish(CLOSED, "for 42")

    for wire in (one, two):
        assert await wire.push() == {"channel": CLOSED, "subscribe": {}}
        assert await wire.push() == {"channel": CLOSED, "pub": {"data": "for 42"}}
    await other.works()


async def test_client_chooses_one_connection_of_the_user(
    program: Program, open_user: OpenUser
) -> None:
    (one, client), (two, _) = [await open_user("42") for _ in range(2)]

    await program.result("subscribe", user="42", client=client, channel=CLOSED)
    await program.result("subscribe", user="43", client=client, channel=PLAIN)

    assert (await one.push())["channel"] == CLOSED
    await one.works()
    await two.works()


async def test_guest_is_found_by_its_client(program: Program, open_user: OpenUser) -> None:
    wire, client = await open_user("")

    await program.result("subscribe", user="", client=client, channel=CLOSED)

    assert (await wire.push())["channel"] == CLOSED


async def test_data_of_a_subscription_reaches_the_client(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")

    await program.result("subscribe", user="42", channel=CLOSED, data={"why": "invited"})

    assert await wire.push() == {"channel": CLOSED, "subscribe": {"data": {"why": "invited"}}}


async def test_full_connection_does_not_keep_the_topic_from_the_others(
    program: Program, open_user: OpenUser
) -> None:
    (full, _), (free, _) = [await open_user("42") for _ in range(2)]
    for number in range(registry.engine().settings.topics_per_connection):
        await full.call("subscribe", channel=f"wire.open.{number}")

    assert await program.error("subscribe", user="42", channel=CLOSED) == 106

    assert (await free.push())["channel"] == CLOSED
    await full.works()


async def test_unsubscribed_clients_are_told_and_get_nothing_more(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")
    await wire.call("subscribe", channel=PLAIN)

    for _ in range(2):  # the second finds nothing to do
        assert await program.result("unsubscribe", user="42", channel=PLAIN) == {}
    await publish(PLAIN, "not for 42")

    pushed = await wire.push()
    assert (pushed["channel"], pushed["unsubscribe"]["code"]) == (PLAIN, 2000)
    assert pushed["unsubscribe"]["reason"]
    await wire.works()


async def test_unsubscribed_page_gets_nothing_more(program: Program, open_html: OpenHTML) -> None:
    page = await open_html(PLAIN)
    connections = registry.engine().connections
    [connection] = connections._all
    connections.identify(connection, user="42", session="")

    await program.result("subscribe", user="42", channel=LOBBY)
    await program.result("unsubscribe", user="42", channel=PLAIN)

    assert connection.topics == {}
    assert not registry.engine().hub.router.followers(PLAIN)
    assert page.outgoing.empty()


async def test_disconnected_client_is_told_why_and_does_not_come_back(
    program: Program, open_user: OpenUser
) -> None:
    (wire, _), (other, _) = await open_user("42"), await open_user("43")

    assert await program.result("disconnect", user="42") == {}

    assert await wire.next() == disconnect_push(3503, "force disconnect")
    assert await wire.closed() == 3503
    await other.works()


async def test_program_chooses_code_and_reason_and_whom_to_keep(
    program: Program, open_user: OpenUser
) -> None:
    (wire, _), (kept, client) = [await open_user("42") for _ in range(2)]
    ending = {"code": 4100, "reason": "moved"}

    await program.result("disconnect", user="42", disconnect=ending, whitelist=[client])

    assert await wire.next() == disconnect_push(4100, "moved")
    assert await wire.closed() == 4100
    await kept.works()


async def test_page_is_closed_with_a_sentence_and_its_own_code(
    program: Program, open_html: OpenHTML
) -> None:
    page = await open_html(LOBBY)
    connections = registry.engine().connections
    [connection] = connections._all
    connections.identify(connection, user="42", session="")

    await program.result("disconnect", user="42", disconnect={"code": 4100, "reason": "moved"})

    assert await page.closed() == 4401
    assert "You are signed out." in page.said


async def test_expired_client_comes_back_with_another_token(
    program: Program, open_user: OpenUser
) -> None:
    wire, _ = await open_user("42")

    assert await program.result("refresh", user="42", expired=True) == {}

    assert await wire.next() == disconnect_push(3005, "expired")
    assert await wire.closed() == 3005


@pytest.mark.parametrize("method", ["subscribe", "unsubscribe", "disconnect", "refresh"])
async def test_user_who_is_not_there_is_no_error(program: Program, method: str) -> None:
    assert await program.result(method, user="nobody", channel=PLAIN, expired=True) == {}


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("subscribe", {"channel": PLAIN}, 107),
        ("subscribe", {"user": "42"}, 107),
        ("subscribe", {"user": 42, "channel": PLAIN}, 107),
        ("subscribe", {"user": "42", "channel": "no.such"}, 102),
        ("subscribe", {"user": "42", "channel": PLAIN, "session": 5}, 107),
        ("unsubscribe", {"user": "42", "channel": ["a"]}, 107),
        ("disconnect", {}, 107),
        ("disconnect", {"user": ""}, 107),
        ("disconnect", {"user": "42", "client": 1}, 107),
        ("disconnect", {"user": "42", "whitelist": "c"}, 107),
        ("disconnect", {"user": "42", "disconnect": 3503}, 107),
        ("disconnect", {"user": "42", "disconnect": {"code": "3503"}}, 107),
        ("disconnect", {"user": "42", "disconnect": {"code": 1000}}, 107),
        ("disconnect", {"user": "42", "disconnect": {"code": 5000}}, 107),
        ("disconnect", {"user": "42", "disconnect": {"reason": "é" * 62}}, 107),
        ("refresh", {"user": "42"}, 107),
        ("refresh", {"user": "42", "expired": 1}, 107),
    ],
    ids=repr,
)
async def test_wrong_request_is_refused_and_changes_nothing(
    program: Program, open_user: OpenUser, method: str, body: dict[str, Any], code: int
) -> None:
    wire, _ = await open_user("42")

    assert await program.error(method, **body) == code

    await wire.works()


async def test_connection_without_a_socket_of_its_own_is_passed_over(program: Program) -> None:
    connections = registry.engine().connections
    silent = Connection(
        id="c",
        socket="data",
        user="42",
        session="",
        outbox=cast("Any", None),
        farewell=lambda _code, _reason: None,
        revocation=Ending(3503, "signed out"),
    )
    connections.add(silent)

    assert await program.result("subscribe", user="42", channel=CLOSED) == {}
    assert await program.result("refresh", user="42", expire_at=2**31) == {}

    connections.remove(silent)
    assert silent.topics == {}
