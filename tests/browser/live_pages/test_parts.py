"""Parts of live pages that come and go with what htmx swaps, and what pages may do themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.browser.live import LONG, LivePage, both, say

if TYPE_CHECKING:
    from tests.browser.live import OpenPage
    from tests.relay import Relay
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def open_part(page: LivePage, *, also: bool = False) -> None:
    """Let htmx fetch the part."""
    await page.page.locator("#open-also" if also else "#open").click()
    await expect(page.page.locator("#side")).to_be_attached()


@both
async def test_part_is_live_for_as_long_as_it_is_in_the_page(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    page, other = await open_page(htmx=htmx), await open_page(htmx=htmx)
    await say(server, name, "one", side=True)
    for each in (page, other):
        await open_part(each)

    await say(server, name, "two", side=True)
    await page.side_shows("one", "two")
    await page.mark("document.getElementById('side').remove()")
    await say(server, name, "three", side=True)
    await other.side_shows("one", "two", "three")
    await open_part(page)
    await say(server, name, "four", side=True)

    await page.side_shows("one", "two", "three", "four")
    changes = [text.split('"')[3] for text in page.sent if text.startswith('{"goby"')]
    assert changes == ["follow", "unfollow", "follow"]
    assert len(page.sockets) == 1


@both
@pytest.mark.parametrize("topics", ["own", "shared"])
async def test_what_is_said_while_a_part_is_on_its_way_is_shown(
    topics: str, htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    page = await open_page(htmx=htmx)
    await say(server, name, "one", side=True)

    async def late(route: Any) -> None:
        response = await route.fetch()
        await say(server, name, "two", "three", side=True)
        await say(server, name, "in the page")
        await page.shows("in the page")
        await route.fulfill(response=response)

    await page.page.route("**/part/*", late)
    await open_part(page, also=topics == "shared")

    await page.side_shows("one", "two", "three")
    await page.shows("in the page")


@both
async def test_part_comes_back_with_the_page(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page = await open_page(htmx=htmx, line=line)
    await open_part(page)
    await say(server, name, "one", side=True)
    await page.side_shows("one")

    async with page.away(line):
        await say(server, name, "two", side=True)
        await say(server, name, "in the page")

    await page.side_shows("one", "two")
    await page.shows("in the page")
    assert not any(text.startswith('{"goby"') for text in page.sent[1:])


@both
async def test_part_that_came_while_the_line_was_cut_is_live_after(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page = await open_page(htmx=htmx, line=line)
    await page.page.route("**/part/*", lambda route: _from(server, route))
    async with page.away(line):
        await open_part(page, also=True)
        await say(server, name, "one", side=True)
        await say(server, name, "in the page")

    await page.side_shows("one")
    await page.shows("in the page")


async def _from(server: Server, route: Any) -> None:
    path = route.request.url.split("/", 3)[3]
    await route.fulfill(response=await route.fetch(url=f"{server.url}/{path}"))


@both
async def test_page_with_many_parts_has_them_all(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page = await open_page(htmx=htmx, line=line, query="&parts=30")
    await open_part(page)
    async with page.away(line):
        await say(server, name, "one", side=True)
    await page.side_shows("one")

    assert all(len(socket.url) < 8_000 for socket in page.sockets)
    assert sum('"follow"' in text for text in page.sent) > 1


@both
async def test_parts_without_ids_are_fetched_anew_by_their_topics_in_one_request(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page = await open_page(htmx=htmx, line=line, query="&parts=3")
    requests: list[str] = []
    page.page.on("request", lambda request: requests.append(request.resource_type))
    async with page.away(line):
        for each in (f"{name}-0", f"{name}-2"):
            await say(server, each, *(f"line {number}" for number in range(12)), side=True)

    await expect(page.page.locator(".part")).to_have_text(["12", "0", "12"], timeout=LONG)
    await page.is_in("live")
    assert requests.count("fetch") == 1
    assert (page.loads, page.connected) == (1, 1)


# What a page does itself


@both
async def test_page_may_fetch_itself_what_it_missed_for_good(
    htmx: int, open_page: OpenPage, server: Server, name: str, line: Relay
) -> None:
    page = await open_page(htmx=htmx, line=line)
    await page.mark(
        """() => {
            window.missed = [];
            document.addEventListener("goby:resync", (event) => {
                event.preventDefault();
                window.missed.push([event.target.id, event.detail.topic]);
            });
        }"""
    )
    async with page.away(line):
        await say(server, name, *(f"line {number}" for number in range(12)))
    await page.is_in("live")
    await say(server, name, "live")

    await page.shows("live")
    assert await page.mark("window.missed") == [["page", f"play.page.{name}"]]
    assert (page.connected, page.loads) == (1, 1)


@pytest.mark.parametrize("place", ["beforeend", "afterbegin"])
async def test_element_that_is_there_already_is_not_added_again(
    place: str, open_page: OpenPage, server: Server, name: str
) -> None:
    page = await open_page()
    await say(server, name, "one", "two")
    await page.shows("one", "two")

    items = '<li id="item-1">again</li>' + '<li id="item-3">new</li>' * 2
    insert = "([place, html]) => document.getElementById('items').insertAdjacentHTML(place, html)"
    await page.page.evaluate(insert, [place, items])

    expected = ("one", "two", "new") if place == "beforeend" else ("new", "one", "two")
    await page.shows(*expected)


async def test_region_that_is_replaced_says_nothing_over_its_old_connection(
    open_page: OpenPage, server: Server, name: str
) -> None:
    page = await open_page(htmx=4)
    await open_part(page)

    await page.mark(
        """() => {
            document.addEventListener("htmx:ws:close", ({ detail }) => {
                if (detail.reason === "removed") document.getElementById("side").remove();
            });
            const how = { target: "#page", select: "#page", swap: "outerHTML" };
            htmx.ajax("GET", location.href, how);
        }"""
    )

    await expect(page.page.locator("#side")).to_have_count(0)
    await page.is_in("live")
    await say(server, name, "over the new one")
    await page.shows("over the new one")
    assert page.complaints == []
