"""Ten megabytes, wherever one may type: answered by a sentence, and the others chat on."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.hostile import TEN_MEGABYTES
from tests.browser.window import LONG, Window

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.browser.conftest import OpenWindow
    from tests.server import Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

SEND = """(length) => {
    const live = document.querySelector("[hx-ws\\\\:connect]");
    live._htmx.ws.connection.socket.send(JSON.stringify({
        action: "chat.send", room: "lobby", text: "x".repeat(length),
    }));
}"""
CALL = """(length) => new Promise((done) => {
    const socket = new WebSocket(`ws://${location.host}/app/ws/data`);
    socket.onopen = () => {
        socket.send(JSON.stringify({ id: 1, connect: {} }));
        const data = { room: "lobby", text: "x".repeat(length) };
        socket.send(JSON.stringify({ id: 2, rpc: { method: "chat.send", data } }));
    };
    socket.onclose = ({ code }) => done(code);
})"""
POST = """async ([path, name, length]) => {
    const form = document.querySelector("form[method=post]");
    form.setAttribute("action", path);
    form.querySelectorAll("input:not([name=csrfmiddlewaretoken])").forEach((each) => each.remove());
    const field = Object.assign(document.createElement("textarea"), { name });
    field.value = "x".repeat(length);
    form.append(field);
    HTMLFormElement.prototype.submit.call(form);
}"""


async def others_chat_on(window: Window, room: str) -> None:
    await window.say(f"Still here in {room}")
    await window.sees(f"Still here in {room}")


async def test_ten_megabytes_are_refused_in_the_composer_and_kept(
    open_window: OpenWindow, room: str
) -> None:
    window, other = await open_window(), await open_window()
    await asyncio.gather(window.enter_live(room), other.enter_live(room))

    await window.composer.evaluate("(text, n) => { text.value = 'x'.repeat(n); }", TEN_MEGABYTES)
    await window.composer.press("Enter")

    await expect(window.alert).to_have_text(
        "A message has at most 4000 characters. Send it in parts."
    )
    assert await window.composer.evaluate("(text) => text.value.length") == TEN_MEGABYTES
    await others_chat_on(other, room)
    await window.sees(f"Still here in {room}")


async def test_text_that_is_too_long_is_refused_in_the_menu_of_a_message(
    open_window: OpenWindow, room: str
) -> None:
    window = await open_window()
    await window.enter_live(room)
    await window.say("As it was")
    await window.sees("As it was")
    await window.messages.get_by_role("link").click()
    text = window.page.get_by_role("dialog").get_by_role("textbox")
    await expect(text).to_be_focused()

    await window.page.keyboard.insert_text("x" * 100_000)  # as if it were pasted
    await window.page.get_by_role("button", name="Save").click()

    await expect(window.alert).to_contain_text("at most 4000 characters")
    await window.sees("As it was")
    await others_chat_on(window, room)


async def test_page_comes_back_after_ten_megabytes_on_its_socket(
    open_window: OpenWindow, room: str
) -> None:
    window = await open_window(tolerated="WebSocket connection to|htmx:ws:error")
    other = await open_window()
    await asyncio.gather(window.enter_live(room), other.enter_live(room))

    async with window.page.expect_websocket(timeout=LONG):  # another one
        await window.page.evaluate(SEND, TEN_MEGABYTES)

    await window.is_live(within=LONG)
    await others_chat_on(other, room)
    await window.sees(f"Still here in {room}")


async def test_ten_megabytes_on_the_data_socket_end_it(open_window: OpenWindow, room: str) -> None:
    window = await open_window(tolerated="WebSocket connection to")
    await window.enter_live(room)

    # 1006 where the server has hung up before all of it was sent.
    assert await window.page.evaluate(CALL, TEN_MEGABYTES) in {1006, 1009}

    await others_chat_on(window, room)


FIELDS = [("/accounts/sign-up/", "username"), ("/rooms/new/", "name"), ("/rooms/lobby/", "text")]


async def test_ten_megabytes_in_a_plain_form_are_answered_by_a_sentence(
    browser: Browser, server: Server, room: str
) -> None:
    # Not by `open_window`: Django writes each of these to the log as an error.
    contexts = [await browser.new_context(base_url=server.url) for _ in range(2)]
    window, other = [Window(await each.new_page()) for each in contexts]
    await asyncio.gather(window.enter_live(room), other.enter_live(room))

    for path, name in FIELDS:
        await window.page.goto("/rooms/new/")
        await _post(window.page, path, name)
        if server.kind == "uvicorn":  # the development profile shows the programmer's page
            await expect(window.page.get_by_text(re.compile("If it was very long"))).to_be_visible()

    await others_chat_on(other, room)
    await asyncio.gather(*(each.close() for each in contexts))


async def _post(page: Page, path: str, name: str) -> None:
    async with page.expect_navigation(timeout=LONG):
        await page.evaluate(POST, [path, name, TEN_MEGABYTES])
