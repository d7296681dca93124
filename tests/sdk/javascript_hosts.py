"""Clients of the official JavaScript SDK: many in one process of Node, or in a page of Chromium."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from tests.sdk.program import RefusedError
from tests.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import Browser, Page

    from tests.relay import Relay
    from tests.sdk.program import Event, Form, Obey, Tell

    # Passes an order on to the SDK, and returns {"result": ...} or {"error": ...}.
    PassOn = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

HERE = Path(__file__).parent
CHROMIUM_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


class Clients:
    """The clients of one process or page, by their numbers."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._tells: dict[int, Tell] = {}

    @asynccontextmanager
    async def client(self, pass_on: PassOn, tell: Tell, **options: Any) -> AsyncIterator[Obey]:
        """Make a client; it ends with the block."""
        number = next(self._numbers)
        self._tells[number] = tell

        async def obey(order: str, /, **details: Any) -> Any:
            answer = await pass_on({"client": number, "order": order, **details})
            if "error" in answer:
                raise RefusedError(**answer["error"])
            return answer["result"]

        await obey("open", **options)
        try:
            yield obey
        finally:
            await obey("close")
            del self._tells[number]

    def tell(self, number: int, event: Event) -> None:
        """Let a client tell what happened; one that has ended is not listened to."""
        if number in self._tells:
            self._tells[number](event)


class NodeHost:
    """One process of Node for all."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._clients = Clients()
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    @classmethod
    @asynccontextmanager
    async def run(cls, node: Path) -> AsyncIterator[NodeHost]:
        """Run the process until the block ends."""
        process = await asyncio.create_subprocess_exec(
            *(str(node), str(HERE / "node.mjs")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1_048_576,
        )
        host = cls(process)
        reading = asyncio.create_task(host._read())
        try:
            yield host
        finally:
            process.kill()
            await process.wait()
            await reading

    @asynccontextmanager
    async def client(
        self, site: Server | Relay, tell: Tell, *, form: Form, cookie: str, tokens: list[str] | None
    ) -> AsyncIterator[Obey]:
        """Make a client; it ends with the block."""
        options = {"form": form, "address": site.data_socket, "cookie": cookie, "tokens": tokens}
        async with self._clients.client(self._pass_on, tell, **options) as obey:
            yield obey

    async def _pass_on(self, order: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"number": number, **order}).encode() + b"\n")
        await self._process.stdin.drain()
        try:
            return await answer
        finally:
            del self._answers[number]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "client" in told:
                self._clients.tell(told["client"], told["event"])
            elif told["number"] in self._answers:
                self._answers[told["number"]].set_result(told)


class ChromiumHost:
    """One Chromium for all, with a page for each site."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._clients = Clients()
        self._pages: dict[str, Page] = {}
        self.complaints: list[str] = []

    @classmethod
    @asynccontextmanager
    async def run(cls, chromium: Path) -> AsyncIterator[ChromiumHost]:
        """Run the browser until the block ends, in which no page may have failed."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=CHROMIUM_ARGUMENTS
            )
            host = cls(browser)
            yield host
            await browser.close()
        assert host.complaints == [], host.complaints

    @asynccontextmanager
    async def client(
        self, site: Server | Relay, tell: Tell, *, form: Form, cookie: str, tokens: list[str] | None
    ) -> AsyncIterator[Obey]:
        """Make a client; it ends with the block."""
        async with self._page(site, cookie) as page:

            async def pass_on(order: dict[str, Any]) -> dict[str, Any]:
                answer: dict[str, Any] = await page.evaluate("order => obey(order)", order)
                return answer

            options = {"form": form, "address": site.data_socket, "tokens": tokens}
            async with self._clients.client(pass_on, tell, **options) as obey:
                yield obey

    @asynccontextmanager
    async def _page(self, site: Server | Relay, cookie: str) -> AsyncIterator[Page]:
        lasts = isinstance(site, Server) and not cookie
        if lasts and site.url in self._pages:
            yield self._pages[site.url]
            return
        page = await self._open(site.url, cookie)
        if lasts:
            self._pages[site.url] = page
        try:
            yield page
        finally:
            if not lasts:
                await page.context.close()

    async def _open(self, url: str, cookie: str) -> Page:
        context = await self._browser.new_context(base_url=url)
        if cookie:
            name, _, value = cookie.partition("=")
            await context.add_cookies([{"name": name, "value": value, "url": url}])
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.expose_function("tell", self._clients.tell)
        await page.goto("/playground/page.html")
        await page.locator("html[data-ready]").wait_for(state="attached")
        return page
