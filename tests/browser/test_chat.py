"""People talk: at once, without a reload, and what was said stays."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.sites import on_both_htmx

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.browser.program import Program
    from tests.browser.window import Window
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Notes how the list of messages is read out from now on.
NOTE_LIVE = """() => {
    const log = document.getElementById("log");
    window.live = [];
    new MutationObserver(() => window.live.push(log.getAttribute("aria-live")))
        .observe(log, { attributeFilter: ["aria-live"] });
}"""


@on_both_htmx
async def test_two_guests_in_the_lobby_read_each_other_at_once(open_window: OpenWindow) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_by_click(), ben.enter_by_click())
    navigations = anna.navigations, ben.navigations

    await anna.say("Is anybody at the harbour?")
    await ben.sees("Is anybody at the harbour?")
    await ben.say("I am, and the tide is low.")
    await anna.sees("I am, and the tide is low.")

    assert (anna.navigations, ben.navigations) == navigations
    await asyncio.gather(anna.reload(), ben.reload())
    for window in (anna, ben):
        await window.sees("Is anybody at the harbour?")
        await window.sees("I am, and the tide is low.")


@on_both_htmx
async def test_first_message_of_an_empty_room_is_shown(open_window: OpenWindow, room: str) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_live(room), ben.enter_live(room))
    empty = ben.page.get_by_text("Nothing here yet")
    await expect(empty).to_be_visible()

    await anna.say("First!")

    await ben.sees("First!")
    await expect(empty).to_be_hidden()
    avatar = await ben.messages.locator(".avatar").bounding_box()
    text = await ben.messages.locator(".text").bounding_box()
    assert avatar
    assert text
    # The day stands above both, not between them.
    assert avatar["y"] + avatar["height"] == pytest.approx(text["y"] + text["height"], abs=1)


@on_both_htmx
async def test_sent_message_is_marked_as_ones_own(open_window: OpenWindow, room: str) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_live(room), ben.enter_live(room))

    await anna.say("Mine")

    await expect(anna.message("Mine")).to_have_attribute("data-own", "")
    await expect(anna.composer).to_have_value("")
    await expect(anna.composer).to_be_focused()
    await ben.sees("Mine")
    await expect(ben.message("Mine")).not_to_have_attribute("data-own", "")


async def test_messages_of_many_people_come_in_one_order(
    open_window: OpenWindow, program: Program, room: str
) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_live(room), ben.enter_live(room))

    await asyncio.gather(
        *(program.say(f"Program {number}", room=room) for number in range(5)),
        _say_all(anna, "Anna"),
        _say_all(ben, "Ben"),
    )

    for window in (anna, ben):
        await expect(window.messages).to_have_count(15)
    assert await _texts(anna) == await _texts(ben)
    await anna.reload()
    assert await _texts(anna) == await _texts(ben)


@on_both_htmx
async def test_older_messages_come_when_one_looks_for_them(
    open_window: OpenWindow, server: Server, room: str
) -> None:
    texts = [f"Message {number}" for number in range(1, 121)]
    write_messages(server, room, texts)
    window = await open_window()
    await window.enter_live(room)
    await expect(window.message("Message 120")).to_be_in_viewport()
    assert await _texts(window) == texts[70:]
    more = window.page.get_by_role("link", name="Show older messages")
    await window.page.evaluate(NOTE_LIVE)

    await _scroll_to_top(window)

    await expect(window.messages).to_have_count(100)
    await expect(window.message("Message 71")).to_be_in_viewport()  # what was read stays in sight
    # They are not read out one by one.
    await expect(window.page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    assert await window.page.evaluate("window.live") == ["off", "polite"]
    await _scroll_to_top(window)
    await expect(window.messages).to_have_count(120)
    await expect(more).to_have_count(0)
    assert await _texts(window) == texts


async def test_older_messages_are_a_link_without_script(
    open_window: OpenWindow, server: Server, room: str
) -> None:
    write_messages(server, room, [f"Message {number}" for number in range(1, 61)])
    window = await open_window(script=False)
    await window.enter(room)

    await window.page.get_by_role("link", name="Show older messages").click()

    await expect(window.messages).to_have_count(10)
    await window.page.get_by_role("link", name="Back to the newest messages").click()
    await expect(window.messages).to_have_count(50)


def write_messages(server: Server, room: str, texts: list[str]) -> None:
    """Store messages that were said before: nobody could say so many at once."""
    path = server.directory / "goby.sqlite3"
    with closing(sqlite3.connect(path, timeout=20)) as database, database:
        database.executemany(
            "INSERT INTO chat_message (room_id, author_name, text, html, created_at, client_id)"
            " SELECT id, 'otter', ?1, '<p>' || ?1 || '</p>', datetime(), ?1"
            " FROM chat_room WHERE slug = ?2",
            [(text, room) for text in texts],
        )


async def _scroll_to_top(window: Window) -> None:
    await window.page.get_by_role("log").evaluate("(log) => { log.scrollTop = -log.scrollHeight; }")


async def _say_all(window: Window, name: str) -> None:
    for number in range(5):
        await window.say(f"{name} {number}")


async def _texts(window: Window) -> list[str]:
    return await window.messages.locator(".text").all_inner_texts()
