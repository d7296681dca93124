"""Connections of pages that end for good: signed out, too old, or never let in."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from django.core import signing
from playwright.async_api import expect

from realtime.tokens import SALT
from tests.browser.live import LivePage, both, say, site
from tests.server import Server, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.live import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NEVER_CONNECTED = """
    window.WebSocket = class extends EventTarget {
        static OPEN = 1;
        readyState = 0;
        close() {}
    };
"""


# Changes the address before htmx reads it, also after the page loaded itself anew.
REWRITE = """
    new MutationObserver(() => {{
        const region = document.getElementById("page");
        if (!region || region.dataset.rewritten || ({once} && sessionStorage.rewritten)) return;
        region.dataset.rewritten = sessionStorage.rewritten = "yes";
        const name = ["hx-ws:connect", "ws-connect"].find((each) => region.hasAttribute(each));
        const url = new URL(region.getAttribute(name), location.href);
        {change}
        region.setAttribute(name, url.pathname + url.search);
    }}).observe(document, {{childList: true, subtree: true}});
"""


async def rewrite(page: LivePage, change: str, *, once: bool = False) -> None:
    """Change the address to which a page connects when it is loaded the next time, or always."""
    script = REWRITE.format(change=change, once="true" if once else "false")
    await page.page.add_init_script(script)


async def post(page: LivePage, path: str) -> None:
    """Send an empty form of the site with the cookies of this tab's window."""
    request = page.page.context.request
    await request.get(f"{page.base}/")
    cookies = await page.page.context.cookies()
    [token] = [cookie["value"] for cookie in cookies if cookie["name"] == "csrftoken"]
    await request.post(f"{page.base}{path}", form={"csrfmiddlewaretoken": token}, max_redirects=0)


@both
@pytest.mark.parametrize("tab", ["seen", "hidden"])
@pytest.mark.parametrize("server", ["uvicorn", "daphne"], indirect=True)
async def test_page_says_that_its_user_signed_out_in_another_tab(
    tab: str, htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    page, other = await open_page(htmx=htmx), await open_page(htmx=htmx)
    for each in (page, other):
        await post(each, "/accounts/enter/")
        await each.open()

    await page.hide(hidden=tab == "hidden")
    await post(page, "/accounts/sign-out/")
    await page.hide(hidden=False)

    await page.is_in("signed-out")
    await expect(page.page.locator("#goby-errors")).to_have_text(
        "You are signed out. Please sign in again."
    )
    await other.say("others go on")
    await other.shows("others go on")
    assert page.connected == 0
    assert len(page.sockets) == 1 + (tab == "hidden" and htmx == 4)


def _old_token(topic: str, monkeypatch: pytest.MonkeyPatch, server: Server) -> str:
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: 1_600_000_000.0)
        key = server.environment["GOBY_SECRET_KEY"]
        return signing.dumps([[[topic]], "", ""], key=key, salt=SALT)


@both
@pytest.mark.parametrize("state", ["live", "offline"])
async def test_page_that_is_too_old_loads_itself_anew_once(
    state: str,
    htmx: int,
    open_page: OpenPage,
    server: Server,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = await open_page(htmx=htmx)
    await say(server, name, "one")
    old = _old_token(f"play.page.{name}", monkeypatch, server)
    before = page.loads
    await rewrite(page, f"url.searchParams.set('token', '{old}');", once=state == "live")
    await page.load()

    await page.is_in(state)
    if state == "live":
        await say(server, name, "two")
        await page.shows("one", "two")
    else:
        await expect(page.page.locator("#goby-errors")).to_have_text(
            "This page is too old. Please reload it."
        )
        await page.say("by the plain form")
        await page.shows("one", "by the plain form")
        before += 1
    assert page.loads - before == 2


@pytest.fixture(scope="module")
def members_only() -> Iterator[Server]:
    """A playground that lets no guests in to its sockets."""
    with ExitStack() as stack:
        environment = {**site("uvicorn"), "GOBY_ALLOW_GUESTS": "0"}
        yield stack.enter_context(serve("uvicorn", environment=environment))


@both
async def test_form_works_plainly_where_guests_cannot_connect(
    htmx: int, open_page: OpenPage, members_only: Server, name: str
) -> None:
    page = await open_page(htmx=htmx, base=members_only.url, live=False)
    await page.is_in("signed-out")

    await page.say("by the plain form")

    await page.shows("by the plain form")


@both
async def test_form_that_is_sent_before_the_page_is_connected_is_not_lost(
    htmx: int, open_page: OpenPage, members_only: Server, name: str
) -> None:
    page = await open_page(htmx=htmx, base=members_only.url, live=False)
    await page.page.add_init_script(NEVER_CONNECTED)
    await page.load()

    await page.say("by the plain form")

    await page.shows("by the plain form")


@both
async def test_page_where_sockets_do_not_pass_is_offline_and_of_use(
    htmx: int, open_page: OpenPage, server: Server, name: str
) -> None:
    page = await open_page(htmx=htmx)
    await rewrite(page, "url.pathname = '/app/ws/nothing';")
    await page.load()

    await page.is_in("offline")
    await page.say("by the plain form")
    await page.shows("by the plain form")
