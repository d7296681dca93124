"""The list of notifications: as one scrolls, without script, in both themes and on a phone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import expect

from tests.browser.contrast import contrast_of
from tests.browser.notified import LIST, bell, items, mention, show, sign_up
from tests.browser.sites import on
from tests.browser.window import LONG

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3


@on("playground", "playground-daphne", "htmx-2")
async def test_list_goes_on_as_one_scrolls(open_window: OpenWindow, mira: str) -> None:
    desk, other = await open_window(), await open_window()
    await asyncio.gather(sign_up(desk, mira), other.enter_live())
    for _ in range(65):
        await mention(other, mira)
    await expect(bell(desk)).to_have_accessible_name("Notifications 65 unread", timeout=LONG)
    await show(desk)
    await expect(items(desk)).to_have_count(30)

    await desk.page.mouse.move(600, 400)
    for count in (60, 65):
        await desk.page.mouse.wheel(0, 20_000)
        await expect(items(desk)).to_have_count(count)

    await expect(desk.page.locator("#older-notifications")).to_be_empty()
    ids = await items(desk).evaluate_all("(items) => items.map((item) => item.id)")
    assert len(set(ids)) == 65


@on("playground", "playground-daphne")
async def test_pages_work_without_script(open_window: OpenWindow, mira: str) -> None:
    plain, other = await open_window(script=False), await open_window()
    await asyncio.gather(sign_up(plain, mira), other.enter_live())
    for _ in range(31):
        await mention(other, mira)
    await mention(other, mira, "random")
    # All of one page's messages are handled in their order: this one after those above.
    await other.say("Enough")
    await other.sees("Enough")

    await bell(plain).click()
    await expect(bell(plain)).to_have_accessible_name("Notifications 32 unread")
    await expect(items(plain)).to_have_count(30)
    await items(plain).first.get_by_role("button").click()
    await expect(bell(plain)).to_have_accessible_name("Notifications 31 unread")
    await plain.page.get_by_role("link", name="Show older notifications").click()
    await expect(plain.page.get_by_role("listitem")).to_have_count(2)
    await plain.page.get_by_role("link", name="Back to the newest").click()
    await plain.page.get_by_role("button", name="Mark all as read").click()
    await expect(bell(plain)).to_have_accessible_name("Notifications")

    await plain.page.get_by_role("link", name="Preferences").click()
    await plain.page.get_by_label("Somebody mentions me").uncheck()
    await plain.page.get_by_role("button", name="Save").click()
    await expect(plain.page.get_by_text("Saved.")).to_be_visible()
    await expect(plain.page.get_by_label("Somebody mentions me")).not_to_be_checked()
    await mention(other, mira)
    await other.say("Too much")
    await other.sees("Too much")
    await plain.page.goto(LIST)
    await expect(bell(plain)).to_have_accessible_name("Notifications")


@on("playground", "playground-daphne")
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_list_is_readable_and_fits_a_phone(
    open_window: OpenWindow, mira: str, theme: Literal["light", "dark"]
) -> None:
    window, other = await open_window(theme=theme, phone=True), await open_window()
    await asyncio.gather(sign_up(window, mira), other.enter_live())
    await show(window)
    await mention(other, mira)
    await mention(other, mira, "w" * 200)
    await expect(items(window)).to_have_count(2)
    await items(window).last.get_by_role("button").click()
    await expect(items(window).last.get_by_role("button")).to_have_count(0)

    found = {
        "unread": await contrast_of(items(window).first.get_by_role("link")),
        "its time": await contrast_of(items(window).first.locator("time")),
        "its button": await contrast_of(items(window).first.get_by_role("button")),
        "read": await contrast_of(items(window).last.get_by_role("link")),
        "its own time": await contrast_of(items(window).last.locator("time")),
        "count": await contrast_of(window.page.locator("#bell-count b")),
    }

    assert {name: ratio for name, ratio in found.items() if ratio < READABLE} == {}
    for path in (LIST, f"{LIST}preferences/"):
        await window.page.goto(path)
        assert await window.page.evaluate("document.documentElement.scrollWidth") <= 390
