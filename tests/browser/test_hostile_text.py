"""What people write is text: nothing in it runs, and what cannot be sent is not lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.sites import on_both_htmx

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.browser.program import Program
    from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = [
    "<script>window.struck = true</script>",
    '<img src="/nowhere.png" onerror="window.struck = true">',
    '<b hx-swap-oob="innerHTML:#room" id="room">gone</b>',
    '</p></li></ol><div id="goby-errors" hx-swap-oob="true">struck</div>',
    '<a href="javascript:window.struck = true" hx-get="/" hx-trigger="load">look</a>',
    '"><svg onload="window.struck = true">',
    '<hx-partial hx-target="#room" hx-swap="innerHTML"><b id="room">gone</b></hx-partial>',
    '<ol id="messages" hx-swap-oob="innerHTML"></ol><data id="goby-at-x" data-goby-resync></data>',
    "[look](javascript:window.struck=true) [here](data:text/html,struck)",
    "{{ 7|add:7 }} {% csrf_token %} &lt;b&gt; ${7 * 7}",
]
ELEMENTS_OF_TEXTS = "#messages .text *:not(p), #messages script, #messages img, #messages svg"


@on_both_htmx
@pytest.mark.parametrize("way", ["html socket", "data socket"])
async def test_markup_is_shown_as_text(
    open_window: OpenWindow, program: Program, room: str, way: str
) -> None:
    anna, ben = await open_window(), await open_window()
    await asyncio.gather(anna.enter_live(room), ben.enter_live(room))

    for text in HOSTILE:
        if way == "html socket":
            await anna.say(text)
        else:
            await program.say(text, room=room)

    for window in (anna, ben):
        await _shows_harmlessly(window)
    await ben.reload()
    await _shows_harmlessly(ben)


async def test_control_characters_are_left_out(
    open_window: OpenWindow, program: Program, room: str
) -> None:
    window = await open_window()
    await window.enter_live(room)

    await program.say("a\x00\x07b\x1b[31mc\x7f\x85d\ttab\r\nnext line", room=room)

    text = window.messages.locator(".text")
    await expect(text).to_have_count(1)
    assert await text.text_content() == "ab[31mcd\ttab\nnext line"
    await window.say("x\x07y\x00z")
    await window.sees("xyz")


async def test_what_turns_or_hides_a_text_is_left_out(
    open_window: OpenWindow, program: Program, room: str
) -> None:
    window = await open_window()
    await window.enter_live(room)

    await program.say(
        "no \u202eoverride\u2066, zero\u200bwidth, \U0001f469\u200d\U0001f467", room=room
    )

    text = window.messages.locator(".text")
    await expect(text).to_have_text("no override, zerowidth, \U0001f469\u200d\U0001f467")
    await expect(text).to_have_attribute("dir", "auto")


async def test_link_of_a_message_leads_only_outside_and_tells_nobody(
    open_window: OpenWindow, program: Program, room: str
) -> None:
    window = await open_window()
    await window.enter_live(room)

    await program.say("[a **bold** one](https://example.org/?a=1&b=2)", room=room)

    link = window.messages.get_by_role("link", name="a bold one")
    await expect(link).to_have_attribute("href", "https://example.org/?a=1&b=2")
    await expect(link).to_have_attribute("rel", "noopener nofollow ugc")
    names = await link.evaluate("(link) => link.getAttributeNames()")
    assert sorted(names) == ["href", "rel"]


async def _shows_harmlessly(window: Window) -> None:
    await expect(window.messages.locator(".text")).to_have_text(HOSTILE)
    await expect(window.page.locator(ELEMENTS_OF_TEXTS)).to_have_count(0)
    await expect(window.alert).to_be_empty()
    assert await window.page.evaluate("window.struck") is None


@on_both_htmx
@pytest.mark.parametrize("length", [10_000, 20_000])
async def test_text_that_is_too_long_is_refused_and_kept(
    open_window: OpenWindow, room: str, length: int
) -> None:
    window = await open_window()
    await window.enter_live(room)

    await window.say("ü" * length)

    await expect(window.alert).to_be_visible()
    await expect(window.alert).to_contain_text("at most 4000 characters")
    await expect(window.composer).to_have_value("ü" * length)
    await window.say("ü" * 4_000)
    await window.sees("ü" * 4_000)
    await expect(window.alert).to_be_empty()


@on_both_htmx
async def test_empty_text_is_refused(open_window: OpenWindow, room: str) -> None:
    window = await open_window()
    await window.enter_live(room)

    await window.say("  \n ")

    await expect(window.alert).to_be_visible()
    await expect(window.alert).to_contain_text("Write something first")
    await expect(window.composer).to_have_value("  \n ")
    await expect(window.messages).to_have_count(0)
