"""Take the pictures of the docs from the real site: `python -m docs.screenshot`.

For the README it starts a server of its own, lets two people sign up and talk, and puts their two
windows side by side. Then it takes every page (see `docs.gallery`). CHROMIUM in the environment
names another browser than Debian's.
"""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.async_api import async_playwright, expect

from docs import gallery
from tests.server import serve

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PICTURE = Path(__file__).parent / "images" / "chat.png"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

DESKTOP = (760, 688)
PHONE = (332, 648)
SCALE = 1.25  # pixels of the picture for each pixel of the pages

TALK = (
    ("mira", "Morning! The tide tables for the weekend are out"),
    ("jonas", "Oh good. When is low water on Saturday?"),
    ("mira", "06:52, so we should meet at the slipway at half past six."),
    ("mira", "Bring boots, the mud flats are still soft after the storm."),
    ("jonas", "Half past six, boots, got it. Shall I bring the big bucket?"),
    ("mira", "Please do. Last time we counted forty sand gobies in one pool!"),
    ("jonas", "On the train already, reading along on my phone."),
)
DRAFT = "Perfect, see you on Sat"

FRAME = """<!doctype html><style>
  body {{ margin: 0; padding: 4px; width: max-content; }}
  body {{ display: flex; align-items: center; gap: 32px; }}
  img {{ display: block; border-radius: 14px; outline: 2px solid #9fb3b6; }}
  .phone {{ border: 8px solid #22363a; border-radius: 34px; }}
</style>
<img width="{desktop_width}" src="data:image/png;base64,{desktop}">
<img width="{phone_width}" class="phone" src="data:image/png;base64,{phone}">"""


async def main() -> None:
    """Start everything, and write the pictures."""
    with serve("uvicorn") as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            mira = await _sign_up(browser, server.url, "mira", size=DESKTOP, theme="light")
            jonas = await _sign_up(browser, server.url, "jonas", size=PHONE, theme="dark")
            await _talk({"mira": mira, "jonas": jonas})
            await _compose(browser, await mira.screenshot(), await jonas.screenshot())
            await gallery.take(browser)
            await browser.close()


async def _sign_up(
    browser: Browser,
    url: str,
    name: str,
    *,
    size: tuple[int, int],
    theme: Literal["light", "dark"],
) -> Page:
    page = await browser.new_page(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=SCALE,
        is_mobile=size == PHONE,
        color_scheme=theme,
        reduced_motion="reduce",
        locale="en-GB",
    )
    await page.goto("/accounts/sign-up/")
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password", exact=True).fill("only for the picture")
    await page.get_by_label("Password confirmation").fill("only for the picture")
    await page.get_by_role("button", name="Create account").click()
    await expect(page.locator("#connection")).to_have_text("Live")
    return page


async def _talk(pages: dict[str, Page]) -> None:
    for author, text in TALK:
        await pages[author].get_by_role("textbox").fill(text)
        await pages[author].get_by_role("textbox").press("Enter")
        for page in pages.values():
            await expect(page.get_by_role("log").get_by_text(text)).to_be_visible()
    await pages["mira"].get_by_role("textbox").fill(DRAFT)
    await pages["jonas"].get_by_role("textbox").blur()


async def _compose(browser: Browser, desktop: bytes, phone: bytes) -> None:
    page = await browser.new_page(
        device_scale_factor=SCALE, viewport={"width": 1400, "height": 100}
    )
    await page.set_content(
        FRAME.format(
            desktop=base64.b64encode(desktop).decode(),
            desktop_width=DESKTOP[0],
            phone=base64.b64encode(phone).decode(),
            phone_width=PHONE[0],
        )
    )
    PICTURE.parent.mkdir(exist_ok=True)
    await page.locator("body").screenshot(path=PICTURE, omit_background=True)


if __name__ == "__main__":
    asyncio.run(main())
