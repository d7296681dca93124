"""Fixtures: the servers, one Chromium for the run, and a fresh set of windows for each test."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Literal, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.browser.program import Program
from tests.browser.sites import serve_site
from tests.browser.window import Window
from tests.relay import Relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext

    from tests.server import Server

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class OpenWindow(Protocol):
    """Opens a window of somebody else: nothing is shared with the other windows."""

    async def __call__(
        self,
        *,
        url: str = "",
        script: bool = True,
        phone: bool = False,
        theme: Literal["light", "dark"] = "light",
        tolerated: str = "",
    ) -> Window: ...


@pytest.fixture(scope="session", params=["uvicorn", "daphne"])
def long_lived_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Serve the site for all tests of this server."""
    with serve_site(request.param) as server:
        yield server


@pytest.fixture
def server(long_lived_server: Server) -> Iterator[Server]:
    """Return the server. A test may stop and start it; it runs again for the next one."""
    yield long_lived_server
    if long_lived_server.process is None:
        long_lived_server.start()


@pytest.fixture
def room(server: Server) -> Iterator[str]:
    """Return the slug of a new room, in which nothing has been said."""
    slug = f"room-{uuid.uuid4().hex[:8]}"
    with closing(sqlite3.connect(server.directory / "goby.sqlite3", timeout=20)) as database:
        with database:
            database.execute(
                "INSERT INTO chat_room (slug, name, description, created_at)"
                " VALUES (?, ?, 'A quiet place.', datetime())",
                (slug, slug.capitalize()),
            )
        yield slug
        with database:
            database.execute(
                "DELETE FROM chat_message WHERE room_id IN"
                " (SELECT id FROM chat_room WHERE slug = ?)",
                (slug,),
            )
            database.execute("DELETE FROM chat_room WHERE slug = ?", (slug,))


@pytest.fixture
def mira() -> str:
    """Return a name that nobody has yet."""
    return f"mira-{uuid.uuid4().hex[:8]}"


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser(chromium_path: Path) -> AsyncIterator[Browser]:
    """Start Chromium once; what belongs to a person is in the contexts."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=chromium_path, args=CHROMIUM_ARGUMENTS
        )
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def line(server: Server) -> AsyncIterator[Relay]:
    """A line to the server that a test can cut; windows over it are closed before it ends."""
    async with Relay(server.port) as relay:
        yield relay


@pytest_asyncio.fixture(loop_scope="session")
async def open_window(browser: Browser, server: Server, line: Relay) -> AsyncIterator[OpenWindow]:
    """Return what opens windows, and afterwards fail for every error that one of them noticed."""
    windows: list[Window] = []
    log_before = len(server.log)

    async def opened(
        *,
        url: str = "",
        script: bool = True,
        phone: bool = False,
        theme: Literal["light", "dark"] = "light",
        tolerated: str = "",
    ) -> Window:
        context: BrowserContext = await browser.new_context(
            base_url=url or server.url,
            java_script_enabled=script,
            color_scheme=theme,
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
            is_mobile=phone,
            has_touch=phone,
        )
        window = Window(await context.new_page(), tolerated=tolerated)
        windows.append(window)
        return window

    yield opened
    await asyncio.gather(*(window.context.close() for window in windows))
    assert [complaint for window in windows for complaint in window.complaints] == []
    log = server.log[log_before:]
    assert not re.search("Traceback|ERROR", log), log


@pytest_asyncio.fixture(loop_scope="session")
async def program(server: Server) -> AsyncIterator[Program]:
    """Connect a program to the Data socket by the official SDK."""
    async with Program(server.data_socket) as connected:
        yield connected
