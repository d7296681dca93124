"""Who is here and who types: seen in the other window, without noise."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import expect

from tests.browser.contrast import contrast_of
from tests.browser.sites import on_both_htmx

if TYPE_CHECKING:
    from playwright.async_api import Locator, WebSocket

    from tests.browser.conftest import OpenWindow
    from tests.browser.window import Window
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GRACE_MS = 5_000
# The grace, the window in which changes gather, and the way to a browser of a busy machine.
GONE_WITHIN_MS = GRACE_MS + 5_000
ALONE_WITHIN_MS = 60_000
READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3


def here(window: Window) -> Locator:
    """Return what says how many are in the room."""
    return window.page.locator(".here summary")


async def types(window: Window, sentence: str, *, within: float = 5_000.0) -> None:
    """Wait until this is to be read about who types."""
    line = window.page.locator(".typing p")
    await expect(line).to_have_text(sentence, use_inner_text=True, timeout=within)


async def name_of(window: Window) -> str:
    """Return as whom this window is signed in."""
    return await window.page.locator("body").get_attribute("data-user") or ""


def listen(window: Window, told: list[str]) -> None:
    """Write down all that is pushed to a window about who is in the room, from the next socket."""

    def note(payload: str | bytes) -> None:
        if "here-people-" in str(payload):
            told.append(str(payload))

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", note)

    window.page.on("websocket", opened)


@on_both_htmx
async def test_people_come_type_load_anew_and_go(open_window: OpenWindow, room: str) -> None:
    anna, ben = await open_window(), await open_window()
    told: list[str] = []
    listen(ben, told)
    await asyncio.gather(anna.enter_live(room), ben.enter_live(room))
    for window in (anna, ben):
        await expect(here(window)).to_contain_text("2 here")
    names = sorted([await name_of(anna), await name_of(ben)])
    await here(ben).click()
    await expect(ben.page.locator(".here li bdi")).to_have_text(names)

    # A page that loads anew makes no noise: counted below, when its grace has long ended.
    told.clear()
    await anna.reload()
    await expect(here(anna)).to_contain_text("2 here")
    await anna.composer.press_sequentially("I think")
    await types(ben, f"{await name_of(anna)} is typing…")
    await types(anna, "")
    await ben.composer.press_sequentially("Well")
    await types(anna, f"{await name_of(ben)} is typing…")
    await anna.composer.press("Enter")  # what was said is no longer being typed
    await types(ben, "")
    await ben.sees("I think")
    await types(anna, "", within=GONE_WITHIN_MS)

    # The list stays open while it changes.
    await anna.page.close()
    await expect(here(ben)).to_contain_text("1 here", timeout=GONE_WITHIN_MS)
    await expect(ben.page.locator(".here li bdi")).to_have_text([await name_of(ben)])
    await expect(ben.page.locator(".here li bdi")).to_be_visible()
    assert len(told) == 1  # that she went, and neither that she loaded anew nor that she came again


@on_both_htmx
async def test_every_page_of_somebody_signed_in_counts_as_online(open_window: OpenWindow) -> None:
    anna, ben = await open_window(), await open_window()
    await anna.enter_live()
    online = anna.page.locator("#online")
    # Who was here for another test goes when the grace ends, or when a cut line is given up.
    await expect(online).to_have_text("1 online", use_inner_text=True, timeout=ALONE_WITHIN_MS)

    await ben.enter()
    await ben.page.goto("/")  # the list of rooms

    await expect(online).to_have_text("2 online", use_inner_text=True)
    await expect(ben.page.locator("#online")).to_have_text("2 online", use_inner_text=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_list_fits_a_phone_and_is_readable(
    open_window: OpenWindow, room: str, theme: Literal["light", "dark"]
) -> None:
    window = await open_window(phone=True, theme=theme)
    await window.enter_live(room)
    await expect(here(window)).to_contain_text("1 here")

    await here(window).tap()

    name = window.page.locator(".here li bdi")
    await expect(name).to_be_in_viewport(ratio=1)
    assert await window.page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (name, here(window).locator("b"), window.page.locator("#online")):
        assert await contrast_of(part) >= READABLE
    await window.page.keyboard.press("Escape")
    await expect(name).to_be_hidden()
    await expect(here(window)).to_be_focused()
    await here(window).tap()
    await window.page.get_by_role("log").tap()
    await expect(name).to_be_hidden()


async def test_last_visit_is_written_when_the_server_stops(
    open_window: OpenWindow, server: Server
) -> None:
    window = await open_window()
    await window.enter_live()
    name = await name_of(window)
    await window.page.close()

    await asyncio.to_thread(server.stop)

    with closing(sqlite3.connect(server.directory / "goby.sqlite3", timeout=20)) as database:
        seen = database.execute(
            "SELECT at FROM presence_lastseen JOIN auth_user ON auth_user.id = user_id"
            " WHERE username = ?",
            (name,),
        ).fetchall()
    assert len(seen) == 1
