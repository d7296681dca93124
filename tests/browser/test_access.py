"""Everybody gets in: by the keyboard, by a screen reader, on a phone, by day and by night."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import expect

from tests.browser.contrast import background_of, contrast_of

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.browser.program import Program
    from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Theme = Literal["light", "dark"]
READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3


async def test_keyboard_alone_leads_in_and_sends(open_window: OpenWindow) -> None:
    window = await open_window()
    keyboard = window.page.keyboard
    await window.page.goto("/")

    stops = [await _next_stop(window, "Tab") for _ in range(3)]
    await keyboard.press("Enter")

    assert stops == ["Skip to the content", "goby", "Enter as guest"]
    await window.is_live()
    await expect(window.composer).to_be_focused()
    await keyboard.type("One line")
    await keyboard.press("Shift+Enter")
    await keyboard.type("and another")
    await keyboard.press("Enter")
    await window.sees("One line\nand another")
    await expect(window.composer).to_be_focused()


async def test_tab_order_follows_the_page_and_the_skip_link_leads_back(
    open_window: OpenWindow,
) -> None:
    window = await open_window()
    await window.enter_live()
    await expect(window.composer).to_be_focused()

    assert await _next_stop(window, "Tab") == "Send"
    backwards = [await _next_stop(window, "Shift+Tab") for _ in range(11)]

    assert backwards.pop(2).endswith(" here")
    assert backwards == [
        "Message to Lobby",
        "Messages",
        "Sign out",
        "Notifications",
        "Search",
        "All rooms",
        "Random",
        "Lobby",
        "goby",
        "Skip to the message box",
    ]
    await expect(
        window.page.get_by_role("link", name="Skip to the message box")
    ).to_be_in_viewport()
    await window.page.keyboard.press("Enter")
    await expect(window.composer).to_be_focused()


async def test_room_has_roles_and_names(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.enter_live()
    page = window.page

    await expect(page).to_have_title("Lobby · Goby")
    await expect(page.get_by_role("heading", level=1, name="Lobby")).to_have_count(1)
    await expect(page.get_by_role("main")).to_have_count(1)
    await expect(page.get_by_role("log", name="Messages")).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("textbox", name="Message to Lobby")).to_be_visible()
    await expect(page.get_by_role("button", name="Send")).to_be_visible()
    rooms = page.get_by_role("navigation", name="Rooms")
    here = rooms.get_by_role("link", name="Lobby")
    await expect(here).to_have_attribute("aria-current", "page")
    await expect(window.connection).to_have_role("status")
    await expect(window.composer).to_have_accessible_description(re.compile("Enter sends"))


@pytest.mark.parametrize("path", ["/accounts/sign-in/", "/accounts/sign-up/"])
async def test_fields_have_labels_and_errors_belong_to_them(
    open_window: OpenWindow, path: str
) -> None:
    window = await open_window()
    await window.page.goto(path)
    await window.page.get_by_role("main").get_by_role("button").click()

    field = window.page.get_by_label("Username")

    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(re.compile("This field is required"))
    await expect(window.page.get_by_label("Password", exact=True)).to_be_visible()


async def test_phone_never_scrolls_sideways(
    open_window: OpenWindow, program: Program, room: str
) -> None:
    await program.say("w" * 300, room=room)
    await program.say("https://example.com/" + "a-long-path/" * 20, room=room)
    window = await open_window(phone=True)
    pages = ["/", "/accounts/sign-in/", "/accounts/sign-up/"]
    for path in pages:
        await window.page.goto(path)
        assert await _width(window) <= 390, path

    await window.enter_live(room)

    assert await _width(window) <= 390
    for part in (window.composer, window.page.get_by_role("button", name="Send")):
        await expect(part).to_be_in_viewport(ratio=1)
    await window.page.goto("/")
    assert await _width(window) <= 390, "the list of rooms"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_text_is_readable_in_both_themes(
    open_window: OpenWindow, program: Program, room: str, theme: Theme
) -> None:
    await program.say("Somebody else's", room=room)
    window = await open_window(theme=theme)
    await window.enter_live(room)
    await window.say("One's own")
    await window.sees("One's own")
    await window.say(" ")
    await expect(window.alert).not_to_be_empty()

    log = window.page.get_by_role("log")
    found = {
        "own": await contrast_of(log.get_by_text("One's own")),
        "other": await contrast_of(log.get_by_text("Somebody else's")),
        "author": await contrast_of(log.locator("b").first),
        "time": await contrast_of(log.locator("time").first),
        "avatar": await contrast_of(log.locator(".avatar").first),
        "error": await contrast_of(window.alert),
        "connection": await contrast_of(window.connection),
        "hint": await contrast_of(window.page.get_by_text("Enter sends")),
        "button": await contrast_of(window.page.get_by_role("button", name="Send")),
    }

    assert (sum(await background_of(log)) < 3 * 128) == (theme == "dark")
    assert {name: ratio for name, ratio in found.items() if ratio < READABLE} == {}


async def _next_stop(window: Window, key: str) -> str:
    """Press Tab or Shift+Tab and return the name of what has the focus then."""
    await window.page.keyboard.press(key)
    name: str = await window.page.evaluate(
        """() => {
            const element = document.activeElement;
            const label = element.labels?.[0]?.textContent;
            return (element.getAttribute("aria-label") || label || element.innerText).trim();
        }"""
    )
    return name


async def _width(window: Window) -> int:
    width: int = await window.page.evaluate("document.documentElement.scrollWidth")
    return width
