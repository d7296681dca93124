"""Who had to leave a room does not hear of it any longer, on none of the connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from presence import recheck
from presence.rooms import companions_of, may_see
from tests.presence.conftest import id_of, silent

if TYPE_CHECKING:
    from typing import Any

    import pytest

    from tests.presence.conftest import House

CLOSED = "hall.closed"
ABOUT = companions_of(CLOSED)


def follows(house: House, name: str) -> set[str]:
    """Return what the connections of a user follow."""
    return {topic for each in house.engine.connections.of(id_of(name)) for topic in each.topics}


def turn_out(house: House, name: str) -> None:
    """Let the site take a user out of the room, as it does who is banned."""
    for connection in house.engine.connections.of(id_of(name)):
        if connection.host is not None:
            connection.host.unsubscribe(CLOSED, 2000, "banned")


async def test_who_may_no_longer_follow_the_room_is_told_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await house.page("ann", CLOSED, *ABOUT)
    program = await house.program("ann", *ABOUT)  # not in the room itself
    monkeypatch.setattr("tests.presence.conftest.id_of", lambda _name: "nobody")

    turn_out(house, "ann")
    await asyncio.sleep(0.1)

    assert follows(house, "ann") == set()
    codes = {(await program.push())["unsubscribe"]["code"] for _ in ABOUT}
    assert codes == {2000}
    assert page.task.done() is False


async def test_who_leaves_and_may_still_come_goes_on_to_hear(house: House) -> None:
    wire = await house.program("ann", CLOSED, *ABOUT)

    await wire.call("unsubscribe", channel=CLOSED)
    await asyncio.sleep(0.1)

    assert follows(house, "ann") == set(ABOUT)
    assert silent(wire)


async def test_question_that_cannot_be_answered_is_a_no(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> bool:
        raise RuntimeError

    await house.program("ann", CLOSED, *ABOUT)
    monkeypatch.setattr(recheck, "may_see", fail)

    turn_out(house, "ann")
    await asyncio.sleep(0.1)

    assert follows(house, "ann") == set()
    assert house.engine.instrumentation.failures["permission"] == 1


async def test_connection_that_ends_is_not_asked_about(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def note(client: Any, *, room: str) -> bool:
        asked.append(room)
        return await may_see(client, room=room)

    monkeypatch.setattr(recheck, "may_see", note)
    page = await house.page("ann", CLOSED, *ABOUT)
    await page.disconnect()
    await asyncio.sleep(10)

    assert asked == []
    assert follows(house, "ann") == set()


async def test_guest_is_asked_about_by_the_connection(house: House) -> None:
    about = companions_of("hall.main")
    wire = await house.program("", "hall.main", *about)
    await wire.call("unsubscribe", channel="hall.main")
    await asyncio.sleep(0.1)

    [connection] = house.engine.connections._all
    assert set(connection.topics) == set(about)


async def test_many_who_leave_at_once_are_asked_about_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def note(client: Any, *, room: str) -> bool:
        asked.append(client.user_id)
        return await may_see(client, room=room)

    monkeypatch.setattr(recheck, "may_see", note)
    for name in ("ann", "ann", "ann", "bob"):
        await house.program(name, "hall.main")
    await house.program("ann", *companions_of("hall.main"))
    await house.program("bob", *companions_of("hall.main"))

    for name in ("ann", "bob"):
        for connection in house.engine.connections.of(id_of(name)):
            if connection.host is not None:
                connection.host.unsubscribe("hall.main", 2000, "closed")
    await asyncio.sleep(0.1)

    assert sorted(asked) == sorted([id_of("ann"), id_of("bob")])
