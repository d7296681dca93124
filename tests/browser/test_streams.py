"""The official client in a browser where WebSockets are blocked: as a person, or a guest."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from playwright.async_api import Browser, Page, Route

    from tests.browser.conftest import OpenWindow
    from tests.browser.program import Program
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SDK = Path(__file__).parents[1] / "sdk" / "node_modules" / "centrifuge" / "dist" / "centrifuge.js"
PLAYGROUND = {"DJANGO_SETTINGS_MODULE": "tests.playground.settings.production"}
PAGE = """<!doctype html><html lang="en"><title>A program in a page</title>
<link rel="icon" href="data:,"><script src="/program/centrifuge.js"></script></html>"""
# Makes `client`, and remembers in `told` what happens to it.
CLIENT = """([site, kind]) => {
  window.told = [];
  const tell = (name) => (details) => told.push([name, JSON.parse(JSON.stringify(details))]);
  window.client = new Centrifuge(
    [{ transport: kind, endpoint: `${site}/connection/${kind}` }],
    { emulationEndpoint: `${site}/emulation`, minReconnectDelay: 100, maxReconnectDelay: 200 },
  );
  for (const event of ["connected", "disconnected", "error"]) client.on(event, tell(event));
  client.connect();
}"""
FOLLOW = """async (topic) => {
  const subscription = client.newSubscription(topic);
  subscription.on("publication", ({ data }) => told.push(["publication", data]));
  subscription.subscribe();
  await subscription.ready(5000);
}"""
SAY = "([room, text]) => client.rpc('chat.send', { room, text }).then(({ data }) => data)"
TOLD = "(name) => told.find(([each]) => each === name)?.[1]"

each_kind = pytest.mark.parametrize("kind", ["http_stream", "sse"])


@pytest.fixture(scope="module", autouse=True)
def _sdk() -> None:
    """Have the SDK as a script for browsers."""
    if not SDK.is_file():
        reason = "The JavaScript SDK is not installed: run `make sdk`."
        if os.environ.get("CI"):
            pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
        pytest.skip(reason)


def answer_with(**options: Any) -> Callable[[Route], Awaitable[None]]:
    """Return what answers a request that no server shall see."""

    async def answer(route: Route) -> None:
        await route.fulfill(**options)

    return answer


async def told(page: Page, name: str) -> Any:
    """Wait until the program was told something, and return it."""
    handle = await page.wait_for_function(TOLD, arg=name, timeout=10_000)
    return await handle.json_value()


@each_kind
async def test_program_in_a_page_is_the_person_of_the_page(
    open_window: OpenWindow, server: Server, program: Program, room: str, kind: str
) -> None:
    window = await open_window()
    await window.enter_live(room)
    person = await window.page.locator("body").get_attribute("data-user")
    await window.page.route("/program/", answer_with(body=PAGE, content_type="text/html"))
    await window.page.route("/program/centrifuge.js", answer_with(path=SDK))
    await window.page.goto("/program/")
    await program.follow(room)

    await window.page.evaluate(CLIENT, ["", kind])
    assert (await told(window.page, "connected"))["transport"] == kind
    await window.page.evaluate(FOLLOW, f"chat.room.{room}")
    said = await window.page.evaluate(SAY, [room, "Hello by a stream"])

    heard = await program.hears()
    assert said["author"] == heard["author"] == person
    assert (await told(window.page, "publication"))["text"] == "Hello by a stream"
    assert await window.page.evaluate(TOLD, "error") is None


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, str]]:
    """Serve the site, another one whose pages it lets in, and one whose pages it does not."""
    program = tmp_path_factory.mktemp("other_site") / "program"
    program.mkdir()
    (program / "index.html").write_text(PAGE)
    shutil.copy(SDK, program)
    with ExitStack() as stack:
        allowed, foreign = (stack.enter_context(other_site(program.parent)) for _ in range(2))
        environment = {**PLAYGROUND, "PLAYGROUND_ORIGINS": allowed}
        yield stack.enter_context(serve("uvicorn", environment=environment)), allowed, foreign


@contextmanager
def other_site(directory: Path) -> Iterator[str]:
    """Serve files, and yield the origin."""
    handler = partial(QuietHandler, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page."""
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


@each_kind
async def test_program_in_a_page_of_an_allowed_site_is_a_guest(
    page: Page, sites: tuple[Server, str, str], kind: str
) -> None:
    server, allowed, _ = sites
    await page.goto(f"{allowed}/program/")

    await page.evaluate(CLIENT, [server.url, kind])
    assert (await told(page, "connected"))["transport"] == kind
    await page.evaluate(FOLLOW, "play.stream.shared")
    await page.evaluate("() => client.publish('play.stream.shared', { text: 'from elsewhere' })")

    assert await told(page, "publication") == {"text": "from elsewhere"}


@each_kind
async def test_program_in_a_page_of_any_other_site_is_kept_out(
    page: Page, sites: tuple[Server, str, str], kind: str
) -> None:
    server, _, foreign = sites
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    await page.goto(f"{foreign}/program/")

    await page.evaluate(CLIENT, [server.url, kind])

    assert (await told(page, "error"))["error"]["message"] == "transport closed"
    assert any("blocked by CORS policy: " in line and "-Origin" in line for line in refused)
    assert await page.evaluate(TOLD, "connected") is None
