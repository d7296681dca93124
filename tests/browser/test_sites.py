"""Each site on which the journeys are tried has the htmx that it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.sites import on_both_htmx

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@on_both_htmx
async def test_page_is_live_on_the_htmx_of_its_site(
    open_window: OpenWindow, server: Server
) -> None:
    window = await open_window()
    await window.enter_live()

    version = await window.page.evaluate("htmx.version")

    is_older = ".htmx_2." in server.environment["DJANGO_SETTINGS_MODULE"]
    assert version == ("2.0.11" if is_older else "4.0.1")
    assert await window.page.locator("#composer[ws-send]").count() == is_older
