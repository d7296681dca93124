"""Every page of the site, in both themes, on a desktop and a phone: one picture for each.

What the pages are is the list that the browser tests look at, so none is forgotten.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import django
from playwright.async_api import expect

from tests.browser.pages import VIEWS, View
from tests.browser.visitors import DESKTOP, PROGRAM, Visitors
from tests.server import serve

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PICTURES = Path(__file__).parent / "images" / "pages"
PHONE = (390, 844)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 480  # of one window in the picture
QUALITY = 0.6

# Chromium draws the windows beside and below one another, and makes a small file of it.
COMPOSE = """async ([rows, height, quality]) => {
    const GAP = 12;
    const load = async (data) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        return { image, width: Math.round(image.width * height / image.height) };
    };
    const loaded = await Promise.all(rows.map((row) => Promise.all(row.map(load))));
    const canvas = document.createElement("canvas");
    canvas.width = loaded[0].reduce((sum, { width }) => sum + width + GAP, -GAP);
    canvas.height = loaded.length * (height + GAP) - GAP;
    const paper = canvas.getContext("2d");
    paper.imageSmoothingQuality = "high";
    loaded.forEach((row, down) => row.reduce((x, { image, width }) => {
        paper.drawImage(image, x, down * (height + GAP), width, height);
        return x + width + GAP;
    }, 0));
    return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


async def take(browser: Browser) -> None:
    """Serve a site with people in it, and take all its pages."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goby_project.settings.test")
    django.setup()  # the pages of errors are rendered here
    PICTURES.mkdir(parents=True, exist_ok=True)
    with serve("uvicorn") as server:
        done = await asyncio.to_thread(server.manage, "shell", "-c", PROGRAM)
        visitors = Visitors(browser, server.url, json.loads(done.stdout.splitlines()[-1]))
        table = await browser.new_page()
        pages = {who: (await visitors.window(who)).page for who in {each.who for each in VIEWS}}
        for view in VIEWS:
            picture = await _picture_of(view, pages[view.who], visitors, table)
            (PICTURES / f"{view.name}.webp").write_bytes(base64.b64decode(picture))
        await visitors.leave()


async def _picture_of(view: View, page: Page, visitors: Visitors, table: Page) -> str:
    taken: dict[str, list[str]] = {theme: [] for theme in THEMES}
    for width, height in (DESKTOP, PHONE):
        await page.set_viewport_size({"width": width, "height": height})
        await visitors.open(view, page)
        if here := await page.locator(".here b").all():
            await expect(here[0]).not_to_have_text("0")  # the visitor is counted a moment later
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            taken[theme].append(base64.b64encode(await page.screenshot()).decode())
    found: str = await table.evaluate(COMPOSE, [list(taken.values()), HEIGHT, QUALITY])
    return found
