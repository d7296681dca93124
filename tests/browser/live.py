"""A live page of the playground in a real browser, on either htmx."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.async_api import expect

from tests.server import PROFILES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import Page, WebSocket

    from tests.relay import Relay
    from tests.server import Kind, Server

    OpenPage = Callable[..., Awaitable["LivePage"]]

both = pytest.mark.parametrize("htmx", [4, 2], ids=["htmx-4", "htmx-2"])

LONG = 25_000.0  # milliseconds: the pauses between two attempts grow
# The browser and htmx write lost connections into the console.
LOST = (
    r"^\[object Event\]|WebSocket connection to|net::ERR_|htmx:ws:error|htmx:wsError"
    "|Failed to load resource"
)

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def site(kind: Kind, **goby: object) -> dict[str, str]:
    """Return the environment of a playground with these settings."""
    return {
        "DJANGO_SETTINGS_MODULE": f"tests.playground.settings.{PROFILES[kind]}",
        "PLAYGROUND_GOBY": json.dumps({"OUTBOX_MAX_SIZE": 200_000, **goby}),
    }


class LivePage:
    """One tab. `sockets` are those that it opened, `sent` what it said, `complaints` its errors."""

    def __init__(self, page: Page, name: str, *, htmx: int, base: str) -> None:
        self.page, self.name, self.htmx, self.base = page, name, htmx, base
        self.sockets: list[WebSocket] = []
        self.sent: list[str] = []
        self.complaints: list[str] = []
        self.loads = 0
        page.on("websocket", self._connected)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("domcontentloaded", self._count)

    async def load(self, query: str = "") -> None:
        """Go to the page."""
        self.sockets.clear()
        await self.page.goto(f"{self.base}/play/{self.name}/?htmx={self.htmx}{query}")

    async def open(self, query: str = "") -> None:
        """Go to the page, and wait until it is live."""
        await self.load(query)
        await self.is_in("live")

    async def is_in(self, state: str) -> None:
        """Wait until the page is in this state."""
        region = self.page.locator("#page")
        await expect(region).to_have_attribute("data-goby-state", state, timeout=LONG)

    async def shows(self, *texts: str, within: float = LONG) -> None:
        """Wait until the page's list is exactly this, in this order."""
        await expect(self.page.locator("#items > li")).to_have_text(texts, timeout=within)

    async def side_shows(self, *texts: str) -> None:
        """Wait until the part's list is exactly this."""
        await expect(self.page.locator("#side-items > li")).to_have_text(texts, timeout=LONG)

    async def say(self, text: str) -> None:
        """Write into the form and send it."""
        await self.page.locator("#text").fill(text)
        await self.page.locator("#text").press("Enter")

    @asynccontextmanager
    async def away(self, line: Relay) -> AsyncIterator[None]:
        """Cut the line over which the page came, until the block ends."""
        await line.cut()
        await self.is_in("reconnecting")
        yield
        await line.mend()

    async def hide(self, *, hidden: bool) -> None:
        """Put the tab into the background, or bring it back."""
        await self.page.evaluate(HIDE, hidden)

    async def mark(self, script: str) -> Any:
        """Run a script in the page."""
        return await self.page.evaluate(script)

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return sum(not socket.is_closed() for socket in self.sockets)

    def _connected(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framesent", lambda frame: self.sent.append(str(frame)))

    def _count(self, _page: Page) -> None:
        self.loads += 1

    def _listen(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not re.search(LOST, message.text):
            self.complaints.append(message.text)


async def say(server: Server, name: str, *texts: str, side: bool = False) -> None:
    """Say lines on a page from outside."""
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        for text in texts:
            data = {"text": text, **({"side": "1"} if side else {})}
            (await client.post(f"/play/{name}/say/", data=data)).raise_for_status()


async def correct(server: Server, name: str, number: int, text: str) -> None:
    """Give a line another text, from outside."""
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        data = {"number": number, "text": text}
        (await client.post(f"/play/{name}/correct/", data=data)).raise_for_status()


async def burst(server: Server, name: str, *, count: int, size: int) -> None:
    """Say so many lines of so many bytes at once."""
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        data = {"count": count, "size": size}
        (await client.post(f"/play/{name}/burst/", data=data)).raise_for_status()
