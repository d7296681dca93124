"""People and programs talk in the same room, each over their own kind of socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.browser.program import Program

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_message_of_a_program_is_shown_at_once(
    open_window: OpenWindow, program: Program, room: str
) -> None:
    window = await open_window()
    await window.enter_live(room)
    navigations = window.navigations

    await program.say("Hello from a program", room=room)

    await window.sees("Hello from a program")
    assert window.navigations == navigations


async def test_program_hears_what_a_person_says(
    open_window: OpenWindow, program: Program, room: str
) -> None:
    window = await open_window()
    await window.enter_live(room)
    await program.follow(room)

    await window.say("Hello from a person")

    heard = await program.hears()
    assert (heard["text"], heard["room"]) == ("Hello from a person", room)
    assert heard["author"] == await window.page.locator("body").get_attribute("data-user")
