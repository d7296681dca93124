"""Accounts in the browser: making one, coming back, and going out everywhere at once."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.window import Window

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PASSWORD = "a tide pool at dawn"

# Resolves to the code with which the page's socket is closed.
CLOSE_CODE = """() => new Promise((resolve) => document.addEventListener(
    "htmx:ws:close", (event) => resolve(event.detail.code), { once: true }))"""


async def test_person_signs_up_goes_out_and_comes_back(open_window: OpenWindow) -> None:
    window = await open_window()
    page = window.page
    name = await _sign_up(window)
    await window.say("Glad to be here.")
    await window.sees("Glad to be here.")

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Enter as guest")).to_be_visible()
    await page.get_by_role("link", name="Sign in").click()
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()

    await window.is_live()
    await expect(page.get_by_role("banner")).to_contain_text(name)
    await expect(window.message("Glad to be here.")).to_have_attribute("data-own", "")


async def test_wrong_password_is_told_in_words(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.page.goto("/accounts/sign-in/")
    await window.page.get_by_label("Username").fill("nobody-of-this-name")
    await window.page.get_by_label("Password").fill("wrong")

    await window.page.get_by_role("button", name="Sign in").click()

    await expect(window.alert).to_contain_text("enter a correct username and password")


async def test_sign_out_ends_the_sockets_of_every_tab(open_window: OpenWindow) -> None:
    window, stranger = await open_window(), await open_window()
    await asyncio.gather(window.enter_live(), stranger.enter_live())
    tab = Window(await window.context.new_page())
    await tab.page.goto("/rooms/lobby/")
    await tab.is_live()
    code = asyncio.create_task(tab.page.evaluate(CLOSE_CODE))

    await window.page.get_by_role("button", name="Sign out").click()

    assert await code == 4401
    await expect(tab.connection).to_have_text("Signed out.")
    await expect(tab.alert).to_contain_text("You are signed out")
    await stranger.say("Said after the sign-out.")
    await stranger.sees("Said after the sign-out.")
    await expect(tab.message("Said after the sign-out.")).to_have_count(0)
    assert tab.complaints == []


async def _sign_up(window: Window) -> str:
    name = f"anna-{uuid.uuid4().hex[:8]}"
    page = window.page
    await page.goto("/")
    await page.get_by_role("link", name="Create an account").click()
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password confirmation").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await window.is_live()
    return name
