"""Wherever people may type, each hostile text is typed: nothing runs, and the others chat on.

What may be typed is found on the pages and among the actions. A form or an action that is not in
the tables fails here.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from chat.cleaning import clean, clean_name, is_visible
from realtime import actions
from tests.browser.hostile import ACTIONS, PROGRAM, TEXTS, Guard, packed
from tests.browser.pages import VIEWS, View
from tests.browser.visitors import Visitors
from tests.browser.window import LONG
from tests.server import Server, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from playwright.async_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(240),  # many texts in one visit
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Where a form is found, and how many characters its fields take at once (0: any number)."""

    path: str
    who: str = "mira"
    fields: Mapping[str, int] = field(default_factory=dict)

    def fillings(self) -> Iterator[dict[str, str]]:
        """Return what to type into the fields, until all texts stood in each of them."""
        packs = {name: packed(limit or 10_000) for name, limit in self.fields.items()}
        for turn in range(max(map(len, packs.values()))):
            yield {name: texts[turn % len(texts)] for name, texts in packs.items()}


NAME = {"name": 150}
# By the action, or else the address, and the fields in which one types.
FORMS: Mapping[str, Form | None] = {
    "/accounts/enter/": None,
    "/accounts/sign-in/ username password": Form(
        path="/accounts/sign-in/", who="", fields={"username": 150, "password": 0}
    ),
    "/accounts/sign-out/": None,
    "/accounts/sign-up/ username password1 password2": Form(
        path="/accounts/sign-up/",
        who="",
        fields={"username": 150, "password1": 0, "password2": 0},
    ),
    "/notifications/preferences/": None,
    "/rooms/new/ name description": Form(
        path="/rooms/new/", who="lena", fields={"name": 80, "description": 200}
    ),
    "/search/ q": Form(path="/search/", fields={"q": 100}),
    "chat.answer": None,
    "chat.ban": None,
    "chat.ban name": Form(path="/rooms/crabs/people/", fields=NAME),
    "chat.delete": None,
    "chat.edit text": Form(path="/rooms/lobby/messages/{own}/", fields={"text": 0}),
    "chat.invite name": Form(path="/rooms/crabs/people/", fields=NAME),
    "chat.leave": None,
    "chat.mute": None,
    "chat.mute name": Form(path="/rooms/crabs/people/", fields=NAME),
    "chat.remove": None,
    "chat.send text": Form(path="/rooms/lobby/", fields={"text": 0}),
    "chat.unban": None,
    "notifications.read": None,
    "notifications.read_all": None,
    "notifications.see": None,
    "presence.typing": None,
}

# Who may leave a room is shown on no page of the list.
OF_A_MEMBER = View(name="", route="chat:people", path="/rooms/crabs/people/", who="lena")

DESCRIBE = """() => {
    const typed = "textarea, [type=text], [type=search], [type=password], input:not([type])";
    const addressOf = (form) => form.getAttribute("action") ?? location.pathname;
    window.describe = (form) => [
        form.elements.namedItem("action")?.value ?? addressOf(form),
        ...[...form.querySelectorAll(typed)].map((each) => each.name),
    ].join(" ");
    return [...document.forms].filter((form) => form.method !== "dialog").map(describe);
}"""
FILL_AND_SEND = """([what, values]) => {
    const form = [...document.forms].find((each) => describe(each) === what);
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    HTMLFormElement.prototype.submit.call(form);
}"""
SAY_ALL = """(frames) => {
    const live = document.querySelector("[hx-ws\\\\:connect]");
    for (const frame of frames) live._htmx.ws.connection.socket.send(frame);
}"""
CALL_ALL = """(calls) => new Promise((done) => {
    const socket = new WebSocket(`ws://${location.host}/app/ws/data`);
    const answers = [];
    const say = (id, command) => socket.send(JSON.stringify({ id, ...command }));
    const call = () => say(answers.length + 2, { rpc: calls[answers.length] });
    socket.onopen = () => say(1, { connect: {} });
    socket.onclose = () => done(answers);
    socket.onmessage = ({ data }) => {
        for (const line of data.split("\\n")) {
            const reply = JSON.parse(line);
            if (reply.id > 1) answers.push(reply.error ?? { code: 0 });
            else if (!reply.id) { socket.send("{}"); continue; }
            if (answers.length === calls.length) return socket.close();
            call();
        }
    };
})"""


# Each test has a site of its own: what one says and makes moves what others look for off a page.
@pytest.fixture
def town() -> Iterator[tuple[Server, dict[str, Any]]]:
    """Serve a populated site; return it and what leads to its people."""
    settings = {"DJANGO_SETTINGS_MODULE": "tests.playground.unhurried.production"}
    with serve("uvicorn", environment=settings) as server:
        done = server.manage("shell", "-c", PROGRAM)
        assert done.returncode == 0, done.stderr
        yield server, json.loads(done.stdout.splitlines()[-1])


@dataclass(slots=True)
class Town:
    """The people of the site, each page of whom is watched."""

    visitors: Visitors
    server: Server
    found: dict[str, Any]
    guards: list[Guard] = field(default_factory=list)

    async def page(self, who: str, path: str = "") -> Page:
        """Open a page as somebody, and wait until it is live if it will be."""
        page = (await self.visitors.window(who)).page
        self.guards.append(Guard(page, self.server.url))
        if path:
            await page.goto(path)
            live = page.locator("[data-goby-state=live]")
            await expect(live).to_have_count(1, timeout=LONG)
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, town: tuple[Server, dict[str, Any]]) -> AsyncIterator[Town]:
    """Return the people; afterwards fail if a text ran, or if others do not see what is said."""
    server, found = town
    visitors = Visitors(browser, server.url, found, tolerated="status of 40[0-9]")
    all_of_them, before = Town(visitors, server, found), len(server.log)
    watched = [await all_of_them.page("lena", path) for path in ("/rooms/lobby/", "/")]
    speaker = await all_of_them.page("jonas", "/rooms/lobby/")
    yield all_of_them
    await speaker.goto("/rooms/lobby/")
    await expect(speaker.locator("#connection")).to_have_text("Live", timeout=LONG)
    words = f"Still here: {uuid.uuid4()}"
    await speaker.get_by_role("textbox").fill(words)
    await speaker.get_by_role("textbox").press("Enter")
    await expect(watched[0].locator("#messages").get_by_text(words)).to_be_visible(timeout=LONG)
    await expect(watched[1].locator('.badge[data-room="lobby"]')).to_be_visible()
    for guard in all_of_them.guards:
        await guard.finds_nothing()
    log = server.log[before:]
    assert not re.search("Traceback|ERROR", log), log
    await visitors.leave()


async def test_every_form_is_in_the_table(people: Town) -> None:
    found: set[str] = set()
    windows: dict[str, Page] = {}
    for view in (*VIEWS, OF_A_MEMBER):
        if view.route and view.status == 200:
            page = windows.get(view.who) or await people.page(view.who)
            windows[view.who] = page
            await people.visitors.open(view, page)
            found |= set(await page.evaluate(DESCRIBE))
    assert found == FORMS.keys()


async def test_every_action_is_in_the_table() -> None:
    found = {each.name: set(each.parameters) for each in actions.registered()}
    assert found == {name: set(arguments) for name, arguments in ACTIONS.items()}


async def test_what_is_typed_into_a_form_is_text(people: Town) -> None:
    pages = {who: await people.page(who) for who in ("", "mira", "lena")}
    for what, form in FORMS.items():
        if form is not None:
            for values in form.fillings():
                page = pages[form.who]
                await page.goto(form.path.format(**people.found))
                await page.evaluate(DESCRIBE)
                async with page.expect_navigation():
                    await page.evaluate(FILL_AND_SEND, [what, values])
                await expect(page.locator("main")).to_be_visible()


def attempts(texts: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Return calls of all actions, each argument replaced by each of these texts in its turn."""
    for name, arguments in ACTIONS.items():
        for argument in arguments:
            for text in TEXTS.values() if name == "chat.edit" else texts:
                yield name, {**arguments, argument: text}


def shared_by(*people: str) -> list[tuple[str, list[str]]]:
    """Return who tries which texts: nobody makes as many rooms as there are texts."""
    texts = list(TEXTS.values())
    return [(who, texts[start :: len(people)]) for start, who in enumerate(people)]


async def test_what_a_page_sends_is_text(people: Town) -> None:
    await asyncio.gather(*(_send(people, *each) for each in shared_by("mira", "otto", "guest")))


async def _send(people: Town, who: str, texts: list[str]) -> None:
    page = await people.page(who, "/rooms/lobby/")
    last = {"action": "chat.send", "room": "lobby", "text": f"{who} was here"}
    frames = [{**values, "action": name} for name, values in attempts(texts)]

    await page.evaluate(SAY_ALL, [json.dumps(frame) for frame in (*frames, last)])

    await expect(page.locator("#messages").get_by_text(last["text"])).to_be_visible(timeout=LONG)
    await expect(page.locator("#connection")).to_have_text("Live")
    await _shows_as_text(page, texts)


async def test_what_a_program_calls_is_text(people: Town) -> None:
    names = (f"hostile-{number}" for number in range(3))
    await asyncio.gather(*(_call(people, *each) for each in shared_by(*names)))


async def _call(people: Town, who: str, texts: list[str]) -> None:
    page = await people.page(who, "/rooms/lobby/")
    calls = [{"method": name, "data": values} for name, values in attempts(texts)]

    answers = await page.evaluate(CALL_ALL, calls)

    codes = {answer["code"] for answer in answers}
    assert (len(answers), codes - {0, 107, 400, 403, 404}) == (len(calls), set())
    await _shows_as_text(page, texts)


async def _shows_as_text(page: Page, texts: list[str]) -> None:
    said = await page.locator("#messages .text").all_text_contents()
    assert {clean(text) for text in texts if is_visible(clean(text))} <= set(map(str.strip, said))
    await page.goto("/")
    names = await page.locator(".rooms strong").all_text_contents()
    assert {clean_name(text) for text in texts if clean_name(text)} <= set(names)
