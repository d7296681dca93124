"""Live pages on both htmx: nothing is missed and nothing doubled, whatever cuts the connection."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.live import LivePage, burst, correct, say
from tests.browser.sites import require_htmx_2
from tests.relay import Relay
from tests.server import PROFILES, Kind, Server, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from playwright.async_api import Browser, BrowserContext

    OpenPage = Callable[..., Awaitable[LivePage]]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("htmx", [4, 2], ids=["htmx-4", "htmx-2"])
on_both_servers = pytest.mark.parametrize("server", ["uvicorn", "daphne"], indirect=True)


def site(kind: Kind, **goby: object) -> dict[str, str]:
    """Return the environment of a playground with these settings."""
    return {
        "DJANGO_SETTINGS_MODULE": f"tests.playground.settings.{PROFILES[kind]}",
        "PLAYGROUND_GOBY": json.dumps({"OUTBOX_MAX_SIZE": 200_000, **goby}),
    }


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
async def open_page(browser: Browser, server: Server, name: str) -> AsyncIterator[OpenPage]:
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


@both
async def test_page_is_live_and_sends_its_form(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    await say(server, name, "one")
    anna, ben = await open_page(htmx=htmx), await open_page(htmx=htmx)

    await anna.say("two")
    await ben.shows("one", "two")
    await ben.say("three")

    for page in (anna, ben):
        await page.shows("one", "two", "three")
        assert (len(page.sockets), page.loads) == (1, 1)


@both
async def test_what_is_said_between_the_page_and_its_socket_is_shown(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    page = await open_page(htmx=htmx)
    await page.page.route("**/goby*.js", lambda route: _late(route, server, name))
    await page.open()

    await page.shows("said meanwhile")


async def _late(route: Any, server: Server, name: str) -> None:
    await say(server, name, "said meanwhile")
    await route.continue_()


@both
@on_both_servers
async def test_cut_line_costs_nothing(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    async with Relay(server.port) as line:
        page, other = await open_page(htmx=htmx, line=line), await open_page(htmx=htmx)
        await say(server, name, "one", "two")
        await page.shows("one", "two")

        for texts in (("three", "four"), (), ("five",)):
            await line.cut()
            await page.is_in("reconnecting")
            await say(server, name, *texts)
            await line.mend()
            await page.is_in("live")

        await page.shows("one", "two", "three", "four", "five")
        await other.shows("one", "two", "three", "four", "five")
        await say(server, name, "six")
        await page.shows("one", "two", "three", "four", "five", "six")
        assert page.loads == 1
        await page.page.context.close()


@both
async def test_what_changed_twice_meanwhile_is_shown_as_it_is_now(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    async with Relay(server.port) as line:
        page = await open_page(htmx=htmx, line=line)
        await say(server, name, "one")
        await page.shows("one")

        await line.cut()
        await correct(server, name, 1, "first")
        await correct(server, name, 1, "FIRST")
        await say(server, name, "two")
        await correct(server, name, 2, "second")
        await line.mend()

        await page.shows("FIRST", "second")
        await say(server, name, "three")
        await page.shows("FIRST", "second", "three")
        assert page.loads == 1
        await page.page.context.close()


@both
async def test_what_a_stalled_line_swallowed_is_sent_again(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    async with Relay(server.port) as line:
        page = await open_page(htmx=htmx, line=line)

        line.stall()
        await say(server, name, "one", "two")
        await line.cut()
        await line.mend()

        await page.shows("one", "two")
        await page.page.context.close()


@both
async def test_more_than_the_history_keeps_is_fetched_anew(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    async with Relay(server.port) as line:
        page = await open_page(htmx=htmx, line=line)
        await line.cut()
        await page.is_in("reconnecting")
        texts = [f"line {number}" for number in range(15)]
        await say(server, name, *texts)
        await line.mend()

        await page.shows(*texts)
        await page.is_in("live")
        await say(server, name, "and live")
        await page.shows(*texts, "and live")
        assert page.loads == 1
        assert page.connected == 1
        await page.page.context.close()


@both
@on_both_servers
async def test_restarted_server_has_forgotten_and_pages_fetch_anew(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    pages = [await open_page(htmx=htmx), await open_page(htmx=htmx)]
    await say(server, name, "before")
    for page in pages:
        await page.shows("before")

    await asyncio.to_thread(server.stop)
    for page in pages:
        await page.is_in("reconnecting")
    await asyncio.to_thread(server.start)
    await say(server, name, "while they were away or not")

    for page in pages:
        await page.is_in("live")
        await page.shows("before", "while they were away or not")
    await pages[0].say("after")
    for page in pages:
        await page.shows("before", "while they were away or not", "after")
        assert page.loads == 1
        assert page.connected == 1


@both
async def test_page_that_was_too_slow_comes_back_and_has_all(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    page = await open_page(htmx=htmx)

    await burst(server, name, count=5, size=60_000)

    await page.shows(*(f"line {number}" for number in range(5)))
    await page.is_in("live")
    assert page.loads == 1
    assert len(page.sockets) >= 2


@pytest.mark.parametrize("server", ["uvicorn", "daphne"], indirect=True)
async def test_hidden_tab_has_all_when_it_is_looked_at(
    open_page: OpenPage, server: Server, name: str
) -> None:
    page = await open_page()
    for number in range(3):
        await page.hide(hidden=True)
        await page.is_in("reconnecting")
        await say(server, name, f"unseen {number}")
        await page.hide(hidden=False)
        await page.is_in("live")

    await page.shows("unseen 0", "unseen 1", "unseen 2")
    assert page.loads == 1
    await expect(page.page.locator("#goby-errors")).to_be_empty()


@both
async def test_storm_of_cuts_costs_nothing_while_others_go_on_talking(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    texts = [f"line {number}" for number in range(120)]
    async with Relay(server.port) as line:
        page, other = await open_page(htmx=htmx, line=line), await open_page(htmx=htmx)
        await page.say("sent by the page")
        await page.shows("sent by the page")

        talk = asyncio.create_task(say(server, name, *texts))
        while not talk.done():
            await line.cut()
            await page.is_in("reconnecting")
            await line.mend()
            await page.is_in("live")
            await other.hide(hidden=True)
            await other.hide(hidden=False)
        await talk

        for each in (page, other):
            await each.shows("sent by the page", *texts)
            assert each.loads == 1
        await page.page.context.close()
