"""The Data socket in the document, and what goes over real connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from goby_project.asgi import application
from realtime import History, Topic, registry
from realtime.asyncapi import data
from realtime.protocol import COMMANDS
from realtime.terms import Terms
from tests.realtime.asyncapi.checked import CheckedWire, Checker
from tests.realtime.commands.credentials import PRIVATE, declared
from tests.tokens import KEYS, mint
from tests.wire import opened, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wire import Configure, DataWire, OpenData

KEPT, PRESENT, PATCHED = "wire.kept.news", "wire.present.lobby", "wire.patched"


@pytest.fixture
def checker(made: dict[str, Any]) -> Iterator[Checker]:
    """What checks the connections of a test, on a site with private and with patched topics."""
    topic = Topic(PATCHED, history=History(size=5, ttl=60), delta=True, can_subscribe="anyone")
    with declared():
        yield Checker(made)
    registry.catalog.remove(topic.pattern)


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("error", {"id": 1, "error": {"code": 100, "message": "no", "why": "not"}}),
        ("error", {"error": {"code": 100, "message": "no"}}),
        ("push.pub", {"push": {"channel": "a", "pub": {"offset": 1}}}),
        ("heartbeat", {"id": 1}),
    ],
)
def test_checker_notices_what_the_document_does_not_say(
    message: str, wrong: object, checker: Checker
) -> None:
    with pytest.raises(AssertionError):
        checker.check(message, wrong)


def test_every_command_is_a_message_and_an_operation() -> None:
    messages, operations = data.messages(), data.operations()

    assert set(data.commands()) == COMMANDS <= set(messages)
    assert {f"data.{name}" for name in COMMANDS} <= set(operations)
    assert {name for name in COMMANDS if f"{name}.reply" not in messages} == {"send"}
    assert "reply" not in operations["data.send"]


def test_every_message_is_part_of_an_operation() -> None:
    parts = [part for operation in data.operations().values() for part in _parts_of(operation)]
    named = {part["$ref"].rpartition("/")[2] for part in parts}

    assert named == set(data.messages())


def _parts_of(operation: dict[str, Any]) -> list[dict[str, str]]:
    reply = operation.get("reply", {"messages": []})
    return [*operation["messages"], *reply["messages"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(COMMANDS - {"connect", "send", "ping"}))
async def test_command_is_refused_without_what_the_document_requires(
    name: str, open_data: OpenData
) -> None:
    wire = await open_data()

    reply = await wire.call(name)

    required = data.messages()[name]["payload"]["properties"][name]["allOf"][1]["required"]
    assert required
    assert reply["error"]["code"] in {104, 107}


@pytest.mark.django_db(transaction=True)
async def test_all_that_goes_over_real_connections_fits(goby: Configure, checker: Checker) -> None:
    goby(TOKEN_KEYS=KEYS, ALLOW_UNKNOWN_USERS=True, PING_INTERVAL=100_000)
    wire, other = CheckedWire(application, checker), CheckedWire(application, checker)
    async with opened(wire), opened(other):
        await publish(KEPT, {"text": "before"})
        await _connect(wire)
        await _follow(wire)
        await _ask(wire)
        await _get_patches(wire)
        await _meet(wire, other)
        await _be_moved(wire)
        await _end(wire)
    goby(PING_INTERVAL=0.05)
    await _be_pinged(CheckedWire(application, checker))

    assert set(data.messages()) - checker.seen <= {"ping.reply"}  # no client asks for it


async def _connect(wire: DataWire) -> None:
    token = mint(sub="42", ttl=60, info={"name": "Ada"}, channels=[KEPT])
    subs = {KEPT: {"recover": True, "offset": 0, "epoch": ""}}
    reply = await wire.call("connect", token=token, subs=subs, name="test", version="1")
    assert reply["connect"]["subs"][KEPT]["publications"]
    assert "ttl" in (await wire.call("refresh", token=mint(sub="42")))["refresh"]


async def _follow(wire: DataWire) -> None:
    token = mint(sub="42", channel=PRIVATE, info={"seat": 7})
    assert "ttl" in (await wire.call("subscribe", channel=PRIVATE, token=token))["subscribe"]
    assert "ttl" in (await wire.call("sub_refresh", channel=PRIVATE, token=token))["sub_refresh"]
    assert "unsubscribe" in await wire.call("unsubscribe", channel=PRIVATE)


async def _ask(wire: DataWire) -> None:
    assert "publish" in await wire.call("publish", channel=KEPT, data={"text": "hi"})
    assert (await wire.push())["pub"]["offset"] == 2
    history = await wire.call("history", channel=KEPT, limit=-1, since={"offset": 0}, reverse=False)
    assert len(history["history"]["publications"]) == 2
    wire.send_text('{"send":{"data":{"action":"wire.echo","text":"hi"}}}')
    assert "rpc" in await wire.call("rpc", method="wire.echo", data={"text": "hi"})
    assert (await wire.call("rpc", method="wire.raise", data={}))["error"]["temporary"]
    assert (await wire.call("rpc", method="wire.refuse", data={}))["error"]["code"] == 1009
    assert (await wire.call("ping"))["id"] == wire.last_id


async def _get_patches(wire: DataWire) -> None:
    reply = await wire.call("subscribe", channel=PATCHED, delta="fossil")
    assert reply["subscribe"]["delta"]
    for number in range(3):
        await publish(PATCHED, {"text": "much the same " * 20, "number": number})
    assert [(await wire.push())["pub"].get("delta", False) for _ in range(3)] == [False, True, True]
    await wire.call("unsubscribe", channel=PATCHED)
    where = {"recover": True, "offset": 1, "epoch": reply["subscribe"]["epoch"]}
    again = await wire.call("subscribe", channel=PATCHED, delta="fossil", **where)
    missed = again["subscribe"]["publications"]
    assert [each.get("delta", False) for each in missed] == [False, True]


async def _meet(wire: DataWire, other: DataWire) -> None:
    await wire.call("subscribe", channel=PRESENT, join_leave=True)
    assert "join" in await wire.push()
    await other.call("connect", token=mint(sub="", ttl=None))
    await other.call("subscribe", channel=PRESENT)
    assert "join" in await wire.push()
    assert len((await wire.call("presence", channel=PRESENT))["presence"]["presence"]) == 2
    assert (await wire.call("presence_stats", channel=PRESENT))["presence_stats"]["num_users"] == 2
    await other.call("unsubscribe", channel=PRESENT)
    assert "leave" in await wire.push()


async def _be_moved(wire: DataWire) -> None:
    [connection] = registry.engine().connections.of("42", "")
    assert connection.host is not None
    await connection.host.subscribe("wire.plain", Terms(data={"why": "because"}))
    assert (await wire.push())["subscribe"]["data"] == {"why": "because"}
    connection.host.unsubscribe("wire.plain", 2000, "unsubscribed by the server")
    assert (await wire.push())["unsubscribe"]["code"] == 2000
    connection.host.end_at(2**31)
    assert (await wire.push())["refresh"]["expires"] is True


async def _end(wire: DataWire) -> None:
    wire.send_text(wire.command("connect"))
    assert (await wire.push())["disconnect"]["code"] == 3501
    assert await wire.closed() == 3501


async def _be_pinged(wire: DataWire) -> None:
    async with opened(wire):
        await wire.call("connect")
        assert await wire.next() == {}
        wire.send_text("{}")
        assert await wire.next() == {}
