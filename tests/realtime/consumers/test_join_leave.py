"""Join and leave: told once, in order, to followers who asked, where the topic wants it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime.message import ClientInfo
from tests.wire import publish
from tests.wire_protobuf import in_both_forms

if TYPE_CHECKING:
    import pytest

    from realtime import registry
    from tests.wire import Configure, DataWire, OpenData, OpenHTML

ROOM = "wire.present.room"

form = in_both_forms()


async def follow(wire: DataWire, topic: str = ROOM, *, join_leave: bool = True) -> None:
    reply = await wire.call("subscribe", channel=topic, join_leave=join_leave)
    assert "subscribe" in reply, reply


async def change(wire: DataWire) -> tuple[str, str]:
    """Return the kind of the next push, and the client that it tells of."""
    push = await wire.push()
    assert push.pop("channel") == ROOM
    [(kind, body)] = push.items()
    return kind, body["info"]["client"]


async def newest(open_data: OpenData, engine: registry.Engine) -> tuple[DataWire, str]:
    """Open a connection, and return it with its id."""
    wire = await open_data()
    return wire, list(engine.connections._by_id)[-1]


async def test_subscriber_receives_its_own_join_after_the_reply(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire, client = await newest(open_data, engine)

    await follow(wire)

    assert await wire.next() == {"push": {"channel": ROOM, "join": {"info": {"client": client}}}}


async def test_followers_hear_who_comes_and_who_goes_once(
    open_data: OpenData, engine: registry.Engine
) -> None:
    one, first = await newest(open_data, engine)
    other, second = await newest(open_data, engine)
    third, last = await newest(open_data, engine)
    await follow(one)
    for wire in (other, third):
        await follow(wire, join_leave=False)

    await other.call("unsubscribe", channel=ROOM)
    await other.call("unsubscribe", channel=ROOM)
    await other.disconnect()
    await third.disconnect()

    joins = [("join", first), ("join", second), ("join", last)]
    leaves = [("leave", second), ("leave", last)]
    assert [await change(one) for _ in range(5)] == joins + leaves
    await one.works()


async def test_who_did_not_ask_hears_nothing(open_data: OpenData) -> None:
    quiet, other = await open_data(), await open_data()
    await follow(quiet, join_leave=False)

    await follow(other)
    await other.disconnect()

    await quiet.works()


async def test_topic_that_does_not_want_it_pushes_nothing(
    open_data: OpenData, engine: registry.Engine
) -> None:
    one, other = await open_data(), await open_data()
    await follow(one, "wire.plain")
    await follow(other, "wire.plain")

    await other.disconnect()

    await one.works()
    assert engine.hub._listeners.subscriptions == 0


async def test_who_follows_no_more_does_not_hear_of_itself(open_data: OpenData) -> None:
    wire = await open_data()
    await follow(wire)
    await wire.push()

    await wire.call("unsubscribe", channel=ROOM)

    await wire.works()


async def test_join_comes_before_what_the_client_publishes(
    open_data: OpenData, engine: registry.Engine
) -> None:
    one, _ = await newest(open_data, engine)
    other, second = await newest(open_data, engine)
    await follow(one)
    await one.push()

    other.send(
        other.numbered("subscribe", channel=ROOM),
        other.numbered("publish", channel=ROOM, data="here I am"),
        other.numbered("unsubscribe", channel=ROOM),
    )

    assert await change(one) == ("join", second)
    pub: dict[str, Any] = (await one.push())["pub"]
    assert (pub["data"], pub["info"]) == ("here I am", {"client": second})
    assert await change(one) == ("leave", second)


async def test_join_comes_after_publications_that_were_there_before(open_data: OpenData) -> None:
    wire = await open_data()
    await follow(wire)

    await publish(ROOM, "later")

    assert "join" in await wire.push()
    assert (await wire.push())["pub"]["data"] == "later"


async def test_closed_connection_leaves(open_data: OpenData, engine: registry.Engine) -> None:
    one, first = await newest(open_data, engine)
    other, second = await newest(open_data, engine)
    await follow(one)
    await follow(other)
    connection = engine.connections._by_id[second]

    connection.close(3503, "signed out")
    await other.closed()

    assert [await change(one) for _ in range(3)] == [
        ("join", first),
        ("join", second),
        ("leave", second),
    ]


async def test_change_is_encoded_once_for_all(
    open_data: OpenData, engine: registry.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = []

    def counted(announce: Any, *arguments: Any) -> Any:
        encoded.append(arguments)
        return announce(*arguments)

    for codec in engine.hub._codecs.values():
        monkeypatch.setattr(codec, "announce", partial(counted, codec.announce), raising=False)
    wires = [await open_data() for _ in range(10)]
    for wire in wires:
        await follow(wire)

    for place, wire in enumerate(wires):
        assert [(await change(wire))[0] for _ in wires[place:]] == ["join"] * (10 - place)
    assert len(encoded) == 10


# Pages


async def test_page_is_present_and_programs_hear_of_it(
    open_data: OpenData, open_html: OpenHTML, engine: registry.Engine
) -> None:
    program, _ = await newest(open_data, engine)
    await follow(program)
    await program.push()

    page = await open_html(ROOM)
    client = list(engine.connections._by_id)[-1]

    assert await change(program) == ("join", client)
    assert client in await engine.presence.members(ROOM)
    await page.disconnect()
    assert await change(program) == ("leave", client)
    assert page.said == ""


async def test_page_is_not_present_where_it_may_not_follow(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    page = await open_html("wire.closed")

    assert "You may not do that" in await page.text()
    assert len(engine.presence) == 0


# Those who take no leave


async def test_connection_that_ended_without_a_word_is_gone_after_the_ttl(
    open_data: OpenData, goby: Configure
) -> None:
    engine = goby(PRESENCE_TTL=0.05)
    watcher, _ = await newest(open_data, engine)
    _, silent = await newest(open_data, engine)
    await follow(watcher)
    await watcher.push()
    connection = engine.connections._by_id[silent]
    engine.presence.enter(ROOM, ClientInfo(user="", client=silent))
    assert await change(watcher) == ("join", silent)

    engine.connections.remove(connection)

    async with asyncio.timeout(5):
        assert await change(watcher) == ("leave", silent)
    assert engine.instrumentation.presence_expired == 1
    assert len(engine.presence) == 1


async def test_connection_that_lives_stays_beyond_the_ttl(
    open_data: OpenData, goby: Configure
) -> None:
    engine = goby(PRESENCE_TTL=0.02)
    asked, enough = [], asyncio.Event()
    alive = engine.presence.alive

    def counted(client: str) -> bool:
        asked.append(client)
        if len(asked) == 3:
            enough.set()
        return alive(client)

    engine.presence.alive = counted
    wire = await open_data()
    await follow(wire)
    await wire.push()

    async with asyncio.timeout(5):
        await enough.wait()

    assert len(engine.presence) == 1
    await wire.works()
