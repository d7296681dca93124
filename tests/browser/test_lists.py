"""The lists of rooms and of what was found: counts that go on, and times of where one is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# What the server sends to a page that missed something for good.
MISS = """() => {
    document.getElementById("chat-news").dataset.old = "";
    const at = document.getElementById("goby-at-chat.news.random");
    const lost = at.cloneNode();
    for (const name of ["data-goby-entered", "data-goby-resync"]) lost.setAttribute(name, "");
    at.replaceWith(lost);
}"""
IN_TOKYO = """(time) => new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo",
}).format(new Date(time.dateTime))"""


@pytest.mark.parametrize("path", ["/", "/rooms/lobby/"])
async def test_counts_go_on_when_the_list_was_fetched_anew(
    open_window: OpenWindow, path: str
) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_live("random"), ben.enter_live("random"))
    await anna.page.goto(path)
    await expect(anna.page.locator("[data-goby-state=live]")).to_have_count(1)
    badge = anna.page.locator('.badge[data-room="random"]')
    await ben.say("A first word")
    await expect(badge).to_have_text("1 unread")

    await anna.page.evaluate(MISS)

    await expect(anna.page.locator("#chat-news[data-old]")).to_have_count(0)
    await expect(badge).to_have_text("1 unread")
    await ben.say("A second word")
    await expect(badge).to_have_text("2 unread")


async def test_finds_have_the_time_of_where_one_is(open_window: OpenWindow, room: str) -> None:
    anna = await open_window()
    await anna.enter_live(room)
    await anna.say(f"A word in {room}")
    await anna.sees(f"A word in {room}")
    devtools = await anna.context.new_cdp_session(anna.page)
    await devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})

    await anna.page.goto(f"/search/?q=word+in+{room}")

    time = anna.page.locator("main time")
    await expect(time).to_have_text(await time.evaluate(IN_TOKYO))
    await expect(time).not_to_contain_text("UTC")
