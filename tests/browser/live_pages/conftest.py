"""Fixtures: playgrounds of the tests' own settings, and tabs with a live page of theirs."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.live import LivePage, site
from tests.browser.sites import require_htmx_2
from tests.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from playwright.async_api import Browser, BrowserContext

    from tests.browser.live import OpenPage
    from tests.relay import Relay
    from tests.server import Kind, Server


@pytest.fixture(scope="session")
def playgrounds() -> Iterator[Callable[[Kind], Server]]:
    """Return a function that starts a server of each kind when it is first asked for."""
    with ExitStack() as stack:
        yield cache(lambda kind: stack.enter_context(serve(kind, environment=site(kind))))


@pytest.fixture
def server(
    request: pytest.FixtureRequest, playgrounds: Callable[[Kind], Server]
) -> Iterator[Server]:
    """Return a playground; a test may stop and start it."""
    found = playgrounds(getattr(request, "param", "uvicorn"))
    yield found
    if found.process is None:
        found.start()


@pytest.fixture
def name() -> str:
    """The name of a page that nobody has seen."""
    return f"page-{uuid.uuid4().hex[:8]}"


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(
    browser: Browser, server: Server, line: Relay, name: str
) -> AsyncIterator[OpenPage]:
    """Return a function that opens tabs, and afterwards fail for each error in one of them."""
    pages: list[LivePage] = []

    async def opened(
        *,
        htmx: int = 4,
        line: Relay | None = None,
        beside: LivePage | None = None,
        base: str = "",
        query: str = "",
        live: bool = True,
    ) -> LivePage:
        if htmx == 2:
            require_htmx_2()
        context: BrowserContext = (
            await browser.new_context() if beside is None else beside.page.context
        )
        url = base or (line.url if line is not None else server.url)
        page = LivePage(await context.new_page(), name, htmx=htmx, base=url)
        pages.append(page)
        await (page.open(query) if live else page.load(query))
        return page

    yield opened
    for context in {page.page.context for page in pages}:
        await context.close()
    assert [complaint for page in pages for complaint in page.complaints] == []
