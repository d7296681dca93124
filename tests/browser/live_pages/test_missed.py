"""Live pages on both htmx: nothing is missed and nothing doubled, whatever cuts the connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.browser.live import both, burst, correct, say

if TYPE_CHECKING:
    from tests.browser.live import OpenPage
    from tests.relay import Relay
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

on_both_servers = pytest.mark.parametrize("server", ["uvicorn", "daphne"], indirect=True)


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
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page, other = await open_page(htmx=htmx, line=line), await open_page(htmx=htmx)
    await say(server, name, "one", "two")
    await page.shows("one", "two")

    for texts in (("three", "four"), (), ("five",)):
        async with page.away(line):
            await say(server, name, *texts)
        await page.is_in("live")

    await page.shows("one", "two", "three", "four", "five")
    await other.shows("one", "two", "three", "four", "five")
    await say(server, name, "six")
    await page.shows("one", "two", "three", "four", "five", "six")
    assert page.loads == 1


@both
async def test_what_changed_twice_meanwhile_is_shown_as_it_is_now(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
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


@both
async def test_what_a_stalled_line_swallowed_is_sent_again(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page = await open_page(htmx=htmx, line=line)

    line.stall()
    await say(server, name, "one", "two")
    await line.cut()
    await line.mend()

    await page.shows("one", "two")


@both
async def test_more_than_the_history_keeps_is_fetched_anew(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page = await open_page(htmx=htmx, line=line)
    async with page.away(line):
        texts = [f"line {number}" for number in range(15)]
        await say(server, name, *texts)

    await page.shows(*texts)
    await page.is_in("live")
    await say(server, name, "and live")
    await page.shows(*texts, "and live")
    assert page.loads == 1
    assert page.connected == 1


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
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    texts = [f"line {number}" for number in range(120)]
    page, other = await open_page(htmx=htmx, line=line), await open_page(htmx=htmx)
    await page.say("sent by the page")
    await page.shows("sent by the page")

    talk = asyncio.create_task(say(server, name, *texts))
    while not talk.done():
        async with page.away(line):
            pass
        await page.is_in("live")
        await other.hide(hidden=True)
        await other.hide(hidden=False)
    await talk

    for each in (page, other):
        await each.shows("sent by the page", *texts)
        assert each.loads == 1
