"""Every page for everybody: axe finds nothing, in both themes, on a phone as on a desktop.

The pages are looked at by several people at once, each in a window of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.pages import VIEWS, View, unlisted
from tests.browser.visitors import DESKTOP, PROGRAM, Visitors, size_of
from tests.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AXE = Path(__file__).resolve().parents[1] / "sdk" / "node_modules" / "axe-core" / "axe.min.js"

# The narrow one is a desktop page at 400 %, which has to do without axe.
PHONE, NARROW = (390, 844), (320, 400)

# What depends on the theme is colours, so the other theme is asked about them only.
RUN = """async (rules) => {
    const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
    const { violations } = await axe.run({ resultTypes: ["violations"], ...only });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
}"""
COLOURS = ["color-contrast"]

SKIPS_TO = """() => {
    const [first] = document.querySelectorAll("a, button, input, textarea, summary, [tabindex]");
    return first.matches(".skip") && !!document.querySelector(first.getAttribute("href"));
}"""

LONGEST_MOTION = """() => Math.max(...[...document.querySelectorAll("*")].flatMap((element) => {
    const { transitionDuration, animationDuration } = getComputedStyle(element);
    return `${transitionDuration},${animationDuration}`.split(",").map(parseFloat);
}))"""


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[str, dict[str, Any]]]:
    """Serve a site with people in it; return its address and what leads to them."""
    with serve("uvicorn") as server:
        done = server.manage("shell", "-c", PROGRAM)
        assert done.returncode == 0, done.stderr
        yield server.url, json.loads(done.stdout.splitlines()[-1])


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(browser: Browser, town: tuple[str, dict[str, Any]]) -> AsyncIterator[Visitors]:
    """Return what opens windows on the site."""
    opened = Visitors(browser, *town)
    yield opened
    await opened.leave()


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the text of axe; skip the test where it is not installed, and fail it in CI."""
    if not AXE.is_file():
        reason = "axe-core is not installed: run `make sdk`."
        if os.environ.get("CI"):
            pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
        pytest.skip(reason)
    return AXE.read_text(encoding="utf-8")


async def test_every_page_of_the_site_is_looked_at() -> None:
    assert unlisted() == set()


async def test_pages_have_no_violations_fit_and_keep_still(visitors: Visitors, axe: str) -> None:
    shown: dict[str, list[View]] = {}
    for view in VIEWS:
        shown.setdefault(view.who, []).append(view)

    found = await asyncio.gather(
        *(_look(visitors, who, views, axe) for who, views in shown.items())
    )

    assert {name: wrong for each in found for name, wrong in each.items() if wrong} == {}


async def _look(visitors: Visitors, who: str, views: list[View], axe: str) -> dict[str, list[str]]:
    page = (await visitors.window(who)).page
    found = {}
    for view in views:
        await visitors.open(view, page)
        await page.evaluate(axe)
        found[view.name] = await _wrong_with(page)
    return found


async def _wrong_with(page: Page) -> list[str]:
    wrong: list[str] = []
    for size in (DESKTOP, PHONE):
        await page.set_viewport_size(size_of(size))
        await page.emulate_media(color_scheme="light")
        wrong += await page.evaluate(RUN, None)
        await page.emulate_media(color_scheme="dark")
        wrong += await page.evaluate(RUN, COLOURS)
    await page.set_viewport_size(size_of(NARROW))
    if (width := await page.evaluate("document.documentElement.scrollWidth")) > NARROW[0]:
        wrong.append(f"needs {width} pixels")
    if not await page.evaluate(SKIPS_TO):
        wrong.append("does not begin with a link to its content")
    if (seconds := await page.evaluate(LONGEST_MOTION)) > 0.01:
        wrong.append(f"moves for {seconds} s where less motion is wanted")
    await page.set_viewport_size(size_of(DESKTOP))
    return wrong


async def test_keyboard_opens_the_options_of_a_message_and_gets_back(visitors: Visitors) -> None:
    page = (await visitors.window("mira")).page
    await visitors.open(View(name="", route="", path="/rooms/lobby/"), page)
    options = page.locator("li[data-own] .more").last
    await options.focus()

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(options).to_be_focused()


async def test_keyboard_opens_and_closes_the_list_of_who_is_here(visitors: Visitors) -> None:
    page = (await visitors.window("guest")).page
    await visitors.open(View(name="", route="", path="/rooms/lobby/"), page)
    summary = page.locator(".here summary")
    await summary.focus()

    await page.keyboard.press("Enter")
    await expect(page.locator(".here > ul")).to_be_visible()
    await page.keyboard.press("Escape")

    await expect(page.locator(".here > ul")).to_be_hidden()
    await expect(summary).to_be_focused()


async def test_keyboard_marks_all_as_read_and_keeps_its_place(visitors: Visitors) -> None:
    page = (await visitors.window("lena")).page
    await visitors.open(View(name="", route="", path="/notifications/"), page)
    unread = page.locator(".notifications li[data-unread]")
    await expect(unread).to_have_count(1)
    button = page.get_by_role("button", name="Mark all as read")
    await button.focus()

    await page.keyboard.press("Enter")

    await expect(unread).to_have_count(0)
    await expect(button).to_be_focused()
