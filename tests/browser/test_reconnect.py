"""A connection ends, the conversation does not: pages come back alone, with all that was said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.live import LOST
from tests.browser.sites import on_both_htmx
from tests.browser.window import LONG

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.relay import Relay
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@on_both_htmx
async def test_page_outlives_a_restart_of_the_server(
    open_window: OpenWindow, server: Server, room: str
) -> None:
    anna, ben = await open_window(tolerated=LOST), await open_window(tolerated=LOST)
    await asyncio.gather(anna.enter_live(room), ben.enter_live(room))
    await anna.say("Before the restart")
    await ben.sees("Before the restart")
    navigations = anna.navigations

    await asyncio.to_thread(server.stop)
    await expect(anna.connection).to_contain_text("Reconnecting")
    await anna.say("Written while nobody listened")
    await asyncio.to_thread(server.start)

    await asyncio.gather(anna.is_live(within=LONG), ben.is_live(within=LONG))
    await ben.say("After the restart")
    for window in (anna, ben):
        await window.sees("Before the restart")
        await window.sees("Written while nobody listened")
        await window.sees("After the restart")
    assert anna.navigations == navigations
    await anna.reload()
    await expect(anna.messages).to_have_count(3)


@on_both_htmx
async def test_page_catches_up_with_what_was_said_while_its_line_was_cut(
    open_window: OpenWindow, room: str, line: Relay
) -> None:
    anna = await open_window(url=line.url, tolerated=LOST)
    ben = await open_window(script=False)
    await anna.enter_live(room)
    await ben.enter(room)

    await line.cut()
    await expect(anna.connection).to_contain_text("Reconnecting")
    for text in ("Anna, are you there?", "It seems she is not."):
        await ben.composer.fill(text)
        await ben.page.get_by_role("button", name="Send").click()
        await ben.sees(text)
    await expect(anna.messages).to_have_count(0)
    await line.mend()

    await anna.is_live(within=LONG)
    await anna.sees("Anna, are you there?")
    await anna.sees("It seems she is not.")
    await anna.say("Now I am.")
    await anna.sees("Now I am.")
    await expect(anna.messages).to_have_count(3)
