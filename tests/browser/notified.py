"""What somebody does who is notified, and what they see of it."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.browser.window import Window
    from tests.server import Server

LIST = "/notifications/"
PASSWORD = "a long enough passphrase"

# The page's own connection: what a form in it would use.
SEND = """(text) => {
    const live = document.querySelector("[data-goby-state]");
    const { socket } = live._htmx?.ws.connection ?? live["htmx-internal-data"].webSocket;
    socket.send(text);
}"""


async def sign_up(window: Window, name: str) -> None:
    await window.page.goto("/accounts/sign-up/")
    await window.page.get_by_label("Username").fill(name)
    await window.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await window.page.get_by_label("Password confirmation").fill(PASSWORD)
    await window.page.get_by_role("button", name="Create account").click()
    await expect(window.page).to_have_url(re.compile("/rooms/lobby/$"))


async def sign_in(window: Window, name: str) -> None:
    await window.page.goto("/accounts/sign-in/")
    await window.page.get_by_label("Username").fill(name)
    await window.page.get_by_label("Password").fill(PASSWORD)
    await window.page.get_by_role("main").get_by_role("button").click()
    await expect(window.page).to_have_url(re.compile("/rooms/lobby/$"))


async def mention(window: Window, name: str, room: str = "lobby") -> None:
    """Let the person at this window, whose page is live, mention somebody."""
    await window.page.evaluate(
        SEND, json.dumps({"action": "play.mention", "name": name, "room": room})
    )


async def show(window: Window, path: str = LIST) -> None:
    """Open a page, and wait until it is live."""
    await window.page.goto(path)
    await expect(window.page.locator("[data-goby-state=live]")).to_have_count(1)


def bell(window: Window) -> Locator:
    return window.page.locator("#bell").get_by_role("link")


def items(window: Window) -> Locator:
    return window.page.locator("#notifications > li")


async def become_staff(window: Window, server: Server) -> None:
    name = f"staff-{uuid.uuid4().hex[:8]}"
    program = (
        "from django.contrib.auth.models import User;"
        f"User.objects.create_superuser({name!r}, password={PASSWORD!r})"
    )
    done = await asyncio.to_thread(server.manage, "shell", "-c", program)
    assert done.returncode == 0, done.stderr
    await window.page.goto("/accounts/sign-in/?next=/admin/")
    await window.page.get_by_label("Username").fill(name)
    await window.page.get_by_label("Password").fill(PASSWORD)
    await window.page.get_by_role("main").get_by_role("button").click()
    await expect(window.page).to_have_url(re.compile("/admin/$"))
