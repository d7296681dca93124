"""People come and go over real sockets, and those who look on are told: late, once and rightly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from presence import desk, news
from presence.people import NOBODY
from presence.rooms import SITE
from realtime import registry
from tests.presence.conftest import HALL, IN_HALL, TYPING, heard, id_of, silent

if TYPE_CHECKING:
    from pytest_django import Settings

    from presence.people import Diff
    from tests.presence.conftest import House
    from tests.wire import DataWire


def person(name: str) -> dict[str, str]:
    return {"id": id_of(name), "name": name}


def diff(
    *, joins: str = "", leaves: str = "", count: int = 0, guests: int = 0, reset: bool = False
) -> dict[str, Any]:
    return {
        "room": HALL,
        "joins": [person(name) for name in joins.split()],
        "leaves": [person(name) for name in leaves.split()],
        "count": count,
        "guests": guests,
        "reset": reset,
    }


@pytest.fixture
async def onlooker(house: House) -> DataWire:
    """A guest who is not in the hall, but hears who is."""
    return await house.program("", IN_HALL)


async def test_who_comes_is_told_after_the_window(house: House, onlooker: DataWire) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    await house.program("bob", HALL)
    await house.page("ann", HALL)

    assert await heard(onlooker) == diff(joins="ann bob", count=2)
    assert loop.time() - start == pytest.approx(0.5)


async def test_who_leaves_is_told_after_the_grace_and_the_window(
    house: House, onlooker: DataWire
) -> None:
    wire = await house.program("ann", HALL)
    await heard(onlooker)
    loop = asyncio.get_running_loop()
    start = loop.time()
    await wire.disconnect()

    assert await heard(onlooker) == diff(leaves="ann")
    assert loop.time() - start == pytest.approx(5.5)


async def test_reload_within_the_grace_makes_no_publication(
    house: House, onlooker: DataWire
) -> None:
    page = await house.page("ann", HALL)
    await heard(onlooker)

    for _ in range(3):
        await page.disconnect()
        await asyncio.sleep(4)
        page = await house.page("ann", HALL)
    await asyncio.sleep(8)

    assert silent(onlooker)
    assert len(house.published[IN_HALL]) == 1


async def test_second_device_makes_no_publication(house: House, onlooker: DataWire) -> None:
    page = await house.page("ann", HALL)
    await heard(onlooker)
    program = await house.program("ann", HALL)
    await page.disconnect()
    await asyncio.sleep(8)
    assert silent(onlooker)

    await program.disconnect()

    assert await heard(onlooker) == diff(leaves="ann")


async def test_guests_are_counted(house: House, onlooker: DataWire) -> None:
    await house.program("", HALL)

    assert await heard(onlooker) == diff(guests=1)


async def test_one_window_serves_all_rooms(house: House) -> None:
    await house.program("ann", HALL, "hall.other", SITE)
    await asyncio.sleep(1)

    assert list(house.published) == [IN_HALL, "presence.in.hall:other", SITE]
    assert house.published[SITE][0]["room"] == SITE


async def test_many_rooms_let_others_have_a_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PER_TURN", 1)
    wire = await house.program("ann", "hall.one", "hall.two")
    await asyncio.sleep(1)
    for key in ("hall:one", "hall:two"):
        await wire.call("rpc", method="presence.typing", data={"room": key})

    await asyncio.sleep(1)

    assert len(house.published) == 4


async def test_topic_without_presence_is_no_room(house: House) -> None:
    await house.program("ann", "yard.main")
    await asyncio.sleep(10)

    assert house.published == {}


async def test_more_changes_than_can_be_told_are_a_reset(
    house: House, onlooker: DataWire, settings: Settings
) -> None:
    settings.PRESENCE = {"MAX_CHANGES": 2}
    for name in ("ann", "bob", "cid"):
        await house.program(name, HALL)

    assert await heard(onlooker) == diff(count=3, reset=True)
    assert house.engine.instrumentation.dropped["presence"] == 1


async def test_diff_that_is_too_long_for_a_publication_is_a_reset(
    house: House, onlooker: DataWire
) -> None:
    await house.program("a" * 70_000, HALL)

    assert await heard(onlooker) == diff(count=1, reset=True)


async def test_diff_that_could_not_be_published_is_made_up_for(
    house: House, onlooker: DataWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "data_of", lambda _diff: object())
    await house.program("ann", HALL)
    await asyncio.sleep(1.2)
    monkeypatch.undo()

    assert await heard(onlooker) == diff(count=1, reset=True)
    assert house.engine.instrumentation.failures["presence"] == 2


async def test_nobody_is_told_when_the_server_stops(house: House) -> None:
    await house.program("ann", HALL)
    await house.engine.pubsub.stop()
    await asyncio.sleep(10)

    assert not house.engine.instrumentation.failures
    assert desk.desk()._window is None  # nor is it tried again and again
    await house.engine.pubsub.start()


async def test_page_that_was_away_is_shown_who_is_here_now(house: House) -> None:
    page = await house.page("ann", HALL, IN_HALL)
    html = await page.text()  # where the page is, and then who is there
    while "ann" not in html:
        html = await page.text()

    assert '<span id="here-count-hall:main" hx-swap-oob="innerHTML">' in html
    assert "<b>1</b> here</span></span>" in html
    assert '<ul id="here-people-hall:main" hx-swap-oob="innerHTML">' in html
    assert "<bdi>ann</bdi>" in html
    assert f'<data id="goby-at-{IN_HALL}" value="1~' in html


async def test_desk_of_another_engine_is_not_asked(house: House) -> None:
    await house.program("ann", HALL)
    await asyncio.sleep(1)
    assert desk.attendance(HALL, limit=10).count == 1
    before = registry.engine()

    registry.reset()

    assert desk.attendance(HALL, limit=10) == NOBODY
    assert desk.typing_in(HALL) == []
    assert not desk.is_online(id_of("ann"))
    await desk.settle()
    registry._engine = before


async def test_online_is_who_follows_the_site(house: House) -> None:
    await house.program("ann", SITE)
    await house.program("bob", HALL)
    await asyncio.sleep(1)

    assert desk.is_online(id_of("ann"))
    assert not desk.is_online(id_of("bob"))


# Typing


async def types(wire: DataWire, **data: object) -> None:
    await wire.call("rpc", method="presence.typing", data={"room": "hall:main", **data})


async def test_typing_is_told_at_once_and_ends_by_itself(house: House) -> None:
    loop = asyncio.get_running_loop()
    onlooker, ann = await house.program("", TYPING), await house.program("ann")
    start = loop.time()

    await types(ann)
    await types(ann)

    assert await heard(onlooker, TYPING) == {"room": HALL, "users": ["ann"]}
    assert loop.time() == start
    assert await heard(onlooker, TYPING) == {"room": HALL, "users": []}
    assert loop.time() - start == 4


async def test_typing_ends_when_it_is_said_so(house: House) -> None:
    ann, bob = await house.program("ann"), await house.program("bob")
    await types(ann)
    await types(bob)
    await types(ann, stopped=True)
    await types(ann, stopped=True)

    assert house.published[TYPING] == [
        {"room": HALL, "users": ["ann"]},
        {"room": HALL, "users": ["ann", "bob"]},
        {"room": HALL, "users": ["bob"]},
    ]
    assert desk.typing_in(HALL) == ["bob"]


async def test_typing_that_could_not_be_published_is_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presence.topics.typing", lambda **_: None)
    ann = await house.program("ann")

    await types(ann)
    await asyncio.sleep(0)

    assert house.engine.instrumentation.failures["typing"] == 1


async def test_what_changes_while_others_are_told_is_told_after_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dawdle(diff: Diff) -> bool:
        await asyncio.sleep(3)
        return await tell(diff)

    tell = news.tell
    monkeypatch.setattr(news, "tell", dawdle)
    ann = await house.program("ann", HALL)
    await asyncio.sleep(1)
    await types(ann)
    bob = await house.program("bob", HALL)
    await asyncio.sleep(1)
    await bob.disconnect()
    assert house.published == {}
    await asyncio.sleep(20)

    assert list(house.published) == [IN_HALL, TYPING]
    assert house.published[IN_HALL] == [
        diff(joins="ann", count=1),
        diff(joins="bob", count=2),
        diff(leaves="bob", count=1),
    ]
