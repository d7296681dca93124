"""People at the windows of a populated site, each signed in from the beginning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from playwright.async_api import expect

from tests.browser.window import Window

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

    from tests.browser.pages import View

DESKTOP = (1280, 800)

# Its last line is what `Visitors` has to know.
PROGRAM = "from tests.browser.populated import fill; fill()"


class Visitors:
    """Windows of everybody who is known to the site, and of a stranger."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        found: dict[str, Any],
        *,
        tolerated: str = "status of 404",
    ) -> None:
        self._browser, self._url, self._found = browser, url, found
        self._tolerated = tolerated
        self._windows: list[Window] = []

    async def window(self, who: str) -> Window:
        """Open a window of this person; nobody is a stranger."""
        context = await self._browser.new_context(
            base_url=self._url, reduced_motion="reduce", viewport=size_of(DESKTOP)
        )
        if who:
            session = self._found["sessions"][who]
            await context.add_cookies([{"name": "sessionid", "value": session, "url": self._url}])
        window = Window(await context.new_page(), tolerated=self._tolerated)
        self._windows.append(window)
        await context.route("**/broken/*", _break)
        return window

    async def open(self, view: View, page: Page) -> None:
        """Go to a page, wait until it is live if it will be, and open what is to be opened."""
        response = await page.goto(view.path.format(**self._found))
        assert response is not None
        assert response.status == view.status, view.name
        live = page.locator("[data-goby-topics]:not([data-goby-token])")
        if await live.count():
            await expect(live).to_have_attribute("data-goby-state", "live")
        if view.press:
            await page.locator(view.press.format(**self._found)).click()
            await expect(page.locator("dialog[open], details[open], .error").first).to_be_visible()

    async def leave(self) -> None:
        """Close all windows, and fail for what one of them complained of."""
        await asyncio.gather(*(window.context.close() for window in self._windows))
        complaints = [complaint for each in self._windows for complaint in each.complaints]
        assert not complaints, complaints


async def _break(route: Route) -> None:
    name = route.request.url.rpartition("/")[2]
    body = await asyncio.to_thread(render_to_string, f"{name}.html")
    await route.fulfill(body=body, content_type="text/html")


def size_of(size: tuple[int, int]) -> Any:
    return {"width": size[0], "height": size[1]}
