"""One browser window as a person uses it: what there is to see, to type and to press.

A window also listens for what nobody sees: errors of scripts, refused resources and violations of
the content security policy. The fixture that opens windows fails the test for each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, ConsoleMessage, Frame, Locator, Page, WebError

# For what waits on a server that starts anew, and on the growing pauses between two attempts.
LONG = 25_000.0  # milliseconds

# What Chromium says where a page is left before it has connected, which is nobody's fault.
LEFT_AT_ONCE = "WebSocket is closed before the connection is established"
# What htmx 2 says of a fragment for an element that the page does not show, as pages need not.
NOT_SHOWN = "htmx:oobErrorNoTarget"


class Window:
    """A window on the site. `tolerated` matches the complaints that a test provokes."""

    def __init__(self, page: Page, *, tolerated: str = "") -> None:
        self.page = page
        self.tolerated = tolerated
        self.complaints: list[str] = []
        self.navigations = 0
        page.on("framenavigated", self._count)
        page.context.on("console", self._listen)
        page.context.on("weberror", self._note)

    # What one sees

    @property
    def context(self) -> BrowserContext:
        """The cookies that this window shares with its other tabs."""
        return self.page.context

    @property
    def composer(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox")

    @property
    def alert(self) -> Locator:
        """Where a refusal is told."""
        return self.page.get_by_role("alert")

    @property
    def connection(self) -> Locator:
        """What says whether the page is live."""
        return self.page.locator("#connection")

    @property
    def messages(self) -> Locator:
        """All messages."""
        return self.page.get_by_role("log").get_by_role("listitem")

    def message(self, text: str) -> Locator:
        """Return the messages with exactly this text."""
        return self.messages.filter(has=self.page.get_by_text(text, exact=True))

    # What one does

    async def enter_by_click(self) -> None:
        """Come in as a guest as people do, and wait until the lobby is live."""
        await self.page.goto("/")
        await self.page.get_by_role("button", name="Enter as guest").click()
        await expect(self.page).to_have_url(re.compile("/rooms/lobby/$"))
        await self.is_live()

    async def enter(self, room: str = "lobby") -> None:
        """Come in as a guest by the shortest way: send the entrance's form without showing it."""
        await self.context.request.get("/")
        cookies = await self.context.cookies()
        [token] = [cookie["value"] for cookie in cookies if cookie["name"] == "csrftoken"]
        await self.context.request.post(
            "/accounts/enter/", form={"csrfmiddlewaretoken": token}, max_redirects=0
        )
        await self.page.goto(f"/rooms/{room}/")

    async def enter_live(self, room: str = "lobby") -> None:
        """Come in, and wait until the page is live."""
        await self.enter(room)
        await self.is_live()

    async def reload(self) -> None:
        """Load the page anew, and wait until it is live."""
        await self.page.reload()
        await self.is_live()

    async def is_live(self, *, within: float = 5_000.0) -> None:
        """Wait until the page is live, at most `within` milliseconds."""
        await expect(self.connection).to_have_text("Live", timeout=within)

    async def say(self, text: str) -> None:
        """Write a message and send it by the keyboard."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def sees(self, text: str) -> None:
        """Wait until exactly one message with this text is to be seen."""
        await expect(self.message(text)).to_be_visible()

    # What nobody sees

    def _count(self, frame: Frame) -> None:
        self.navigations += 1

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complain(message.text)

    def _note(self, error: WebError) -> None:
        self._complain(str(error.error))

    def _complain(self, text: str) -> None:
        is_tolerated = self.tolerated and re.search(self.tolerated, text)
        if not (is_tolerated or LEFT_AT_ONCE in text or NOT_SHOWN in text):
            self.complaints.append(text)
