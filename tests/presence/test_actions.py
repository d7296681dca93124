"""What clients ask: who is there; and what they say: that they type."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from presence.rooms import SITE
from realtime import actions
from tests.presence.conftest import HALL, TYPING, id_of

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.presence.conftest import House
    from tests.wire import DataWire


async def ask(wire: DataWire, action: str, **data: object) -> Any:
    reply = await wire.call("rpc", method=action, data=data)
    return reply.get("error") or reply["rpc"].get("data")


async def test_list_is_where_the_diffs_begin(house: House) -> None:
    await house.program("ann", HALL, SITE)
    await house.program("", HALL)
    onlooker = await house.program()
    await asyncio.sleep(1)
    ann = {"id": id_of("ann"), "name": "ann"}

    assert await ask(onlooker, "presence.list", room=HALL) == {
        "room": HALL,
        "people": [ann],
        "count": 1,
        "guests": 1,
    }
    found = await ask(onlooker, "presence.list", room="presence:site")
    assert (found["room"], found["people"]) == (SITE, [ann])


async def test_more_people_than_can_be_listed_are_counted(house: House, settings: Settings) -> None:
    settings.PRESENCE = {"MAX_LISTED": 1}
    wire = await house.program("ann", HALL)
    await house.program("bob", HALL)
    await asyncio.sleep(1)

    assert await ask(wire, "presence.list", room=HALL) == {
        "room": HALL,
        "people": None,
        "count": 2,
        "guests": 0,
    }


@pytest.mark.parametrize("action", ["presence.list", "presence.typing"])
@pytest.mark.parametrize("room", ["hall.closed", "hall:closed", "yard:main", "nowhere", ""])
async def test_room_that_is_not_open_to_the_client_does_not_exist(
    house: House, action: str, room: str
) -> None:
    wire = await house.program("bob")

    error = await ask(wire, action, room=room)

    assert error["code"] == 404
    assert "no such room" in error["message"]
    assert house.published == {}


async def test_guest_does_not_type(house: House) -> None:
    error = await ask(await house.program(), "presence.typing", room=HALL)

    assert error["code"] == 103


async def test_typing_by_a_form_of_a_page(house: House) -> None:
    page = await house.page("ann", HALL, TYPING)
    form = '{"action": "presence.typing", "room": "hall:main", "stopped": "%s", "headers": {}}'
    page.send_text(form % "false")
    while "is typing" not in (html := await page.text()):
        pass

    assert '<p id="typing-hall:main" hx-swap-oob="innerHTML">' in html
    assert "<bdi>ann</bdi> is typing…" in html
    page.send_text(form % "true")
    assert "is typing" not in await page.text()


def test_actions_say_who_may() -> None:
    assert actions.find("presence.list").allow == "anyone"
    assert actions.find("presence.typing").allow == "signed_in"
