"""A browser that runs no script chats by plain forms, and the others do not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_message_of_a_plain_form_reaches_the_others_live(
    open_window: OpenWindow, room: str
) -> None:
    plain, scripted = await open_window(script=False), await open_window()
    await plain.page.goto(f"/rooms/{room}/")
    await plain.page.get_by_role("button", name="Enter as guest").click()
    await scripted.enter_live(room)
    navigations = scripted.navigations

    await plain.composer.fill("No script was run.")
    await plain.page.get_by_role("button", name="Send").click()

    await plain.sees("No script was run.")
    await expect(plain.composer).to_have_value("")
    await scripted.sees("No script was run.")
    assert scripted.navigations == navigations


async def test_refused_plain_form_shows_the_reason_and_keeps_the_text(
    open_window: OpenWindow, room: str
) -> None:
    # The browser itself writes the refusal into its console.
    plain = await open_window(script=False, tolerated="status of 400")
    await plain.enter(room)
    text = "long " * 2_000

    await plain.composer.fill(text)
    await plain.page.get_by_role("button", name="Send").click()

    await expect(plain.alert).to_contain_text("at most 4000 characters")
    await expect(plain.composer).to_have_value(text)
    await expect(plain.messages).to_have_count(0)
