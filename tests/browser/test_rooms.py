"""Rooms of one's own, messages that change, and what a page says of what it sends."""

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
    from tests.browser.window import Window
    from tests.relay import Relay

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@on_both_htmx
async def test_message_is_changed_and_deleted_for_everybody(
    open_window: OpenWindow, room: str
) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_live(room), ben.enter_live(room))
    await anna.say("Hallo")
    await ben.sees("Hallo")
    await expect(ben.messages.get_by_role("link")).to_have_count(0)

    await _open_menu(anna)
    await anna.page.get_by_label("Your message").fill("Hello, **all**")
    await anna.page.get_by_role("button", name="Save").click()

    for window in (anna, ben):
        await expect(window.messages.locator(".text strong")).to_have_text("all")
        await expect(window.messages.get_by_text("edited")).to_be_visible()
    await expect(anna.messages).to_have_attribute("data-own", "")
    await _open_menu(anna)
    await anna.page.get_by_text("Delete", exact=True).click()
    await anna.page.get_by_role("button", name="Delete it for everybody").click()
    for window in (anna, ben):
        await window.sees("Message deleted")
        await expect(window.messages).to_have_count(1)
    await ben.reload()
    await ben.sees("Message deleted")


async def test_message_is_changed_and_deleted_without_script(
    open_window: OpenWindow, room: str
) -> None:
    anna = await open_window(script=False)
    await anna.enter(room)
    await anna.composer.fill("Hallo")
    await anna.page.get_by_role("button", name="Send").click()

    await anna.messages.get_by_role("link").click()
    await anna.page.get_by_label("Your message").fill("Hello")
    await anna.page.get_by_role("button", name="Save").click()
    await anna.sees("Hello")
    await anna.messages.get_by_role("link").click()
    await anna.page.get_by_text("Delete", exact=True).click()
    await anna.page.get_by_role("button", name="Delete it for everybody").click()

    await anna.sees("Message deleted")


@on_both_htmx
async def test_private_room_from_its_making_to_the_removal_of_a_member(
    open_window: OpenWindow,
) -> None:
    anna, ben = await open_window(), await open_window(tolerated="404")
    await asyncio.gather(anna.enter_live(), ben.enter_live())
    await ben.page.goto("/")
    await expect(ben.page.locator("[data-goby-state=live]")).to_have_count(1)

    name = await _make_private_room(anna)
    await anna.page.get_by_label("Invite by name").fill(await _name_of(ben))
    await anna.page.get_by_role("button", name="Invite").click()

    await expect(ben.page.get_by_text(f"You are invited to {name}")).to_be_visible()
    await ben.page.reload()
    await ben.page.get_by_role("button", name="Accept").click()
    await ben.page.get_by_role("main").get_by_role("link", name=name).click()
    await ben.is_live()
    await ben.say("What a cave")
    await anna.page.reload()
    await anna.page.get_by_role("button", name="Remove").click()

    await expect(ben.page.get_by_text("You are no longer a member")).to_be_visible()
    await expect(ben.page.locator("#composer")).to_have_attribute("inert", "")
    await anna.page.get_by_role("link", name="Back to the room").click()
    await anna.is_live()
    await anna.sees("What a cave")
    await anna.say("Alone again")
    await anna.sees("Alone again")
    await expect(ben.messages).to_have_count(1)
    gone = await ben.page.reload()
    assert gone is not None
    assert gone.status == 404


@on_both_htmx
async def test_news_of_another_room_are_counted_until_one_is_there(
    open_window: OpenWindow,
) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_live("random"), ben.enter_live("random"))
    await anna.page.goto("/rooms/lobby/")
    await anna.is_live()
    badge = anna.page.locator('.badge[data-room="random"]')
    await expect(badge).to_be_hidden()

    await ben.say("One")
    await expect(badge).to_have_text("1 unread")
    await ben.say("Two")
    await expect(badge).to_have_text("2 unread")

    await anna.page.get_by_role("link", name="Random").click()
    await anna.is_live()
    await anna.sees("Two")
    await anna.page.goto("/")
    await expect(badge).to_be_hidden()


@on_both_htmx
async def test_message_that_is_not_sent_says_so_and_can_be_sent_again(
    open_window: OpenWindow, room: str, line: Relay
) -> None:
    anna = await open_window(url=line.url, tolerated=LOST)
    ben = await open_window()
    await anna.enter_live(room)
    await ben.enter_live(room)
    pending = anna.page.locator("#pending")
    await anna.say("With a line")
    await anna.sees("With a line")
    await expect(pending).to_be_empty()

    await line.cut()
    await expect(anna.connection).to_contain_text("Reconnecting")
    await anna.say("Without a line")
    await expect(pending).to_contain_text("Without a line")
    await expect(pending).to_contain_text("Waiting for the connection")
    await line.mend()

    await anna.is_live(within=LONG)
    await ben.sees("Without a line")
    await expect(pending).to_be_empty()
    await expect(anna.messages).to_have_count(2)


@on_both_htmx
async def test_message_that_never_comes_back_can_be_tried_again_or_thrown_away(
    open_window: OpenWindow, room: str
) -> None:
    anna = await open_window()
    await anna.page.clock.install()
    await anna.enter(room)
    await anna.page.clock.run_for(1000)
    await anna.is_live()
    # A server that takes what it is sent, and does nothing about it.
    await anna.page.evaluate("""() => {
        window.reallySend = WebSocket.prototype.send;
        WebSocket.prototype.send = () => {};
    }""")
    for text in ("Lost", "Lost as well"):
        await anna.say(text)
    pending = anna.page.locator("#pending")
    await expect(pending).to_contain_text("Sending…")

    await anna.page.clock.run_for(11_000)

    await expect(pending.get_by_text("Not sent.")).to_have_count(2)
    await pending.get_by_role("button", name="Discard").last.click()
    await anna.page.evaluate("() => { WebSocket.prototype.send = window.reallySend; }")
    await pending.get_by_role("button", name="Retry").click()
    await anna.sees("Lost")
    await expect(pending).to_be_empty()
    await expect(anna.messages).to_have_count(1)


async def _open_menu(window: Window) -> None:
    await window.messages.last.hover()
    await window.messages.last.get_by_role("link", name="Options").click()


async def _name_of(window: Window) -> str:
    name = await window.page.locator("body").get_attribute("data-user")
    assert name
    return name


async def _make_private_room(window: Window) -> str:
    name = f"Cave of {await _name_of(window)}"
    await window.page.goto("/rooms/new/")
    await window.page.get_by_label("Name").fill(name)
    await window.page.get_by_label("Private").check()
    await window.page.get_by_role("button", name="Make the room").click()
    return name
