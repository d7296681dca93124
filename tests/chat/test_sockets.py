"""On open connections: what a message becomes is heard, and who is put out hears nothing more."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client as Browser

from chat import reading
from chat.models import Room, Standing
from goby_project.asgi import application
from realtime import registry
from realtime.client import session_digest
from realtime.tokens import Page, sign
from tests.threads import close_connections_of_the_worker_thread
from tests.wire import DATA, HTML, DataWire, Wire, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.django_db(transaction=True)

TOPIC = "chat.room.den"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, and what opens sockets as them."""

    user: User
    session: str
    stack: AsyncExitStack

    async def open_page(self, *topics: str) -> Wire:
        """Open the socket of a page that follows topics."""
        page = Page(
            topics=dict.fromkeys(topics),
            user=str(self.user.pk),
            session=session_digest(self.session),
        )
        wire = Wire(application, f"{HTML}?token={sign(page)}", headers=self._cookie)
        await self.stack.enter_async_context(opened(wire))
        return wire

    async def open_program(self) -> DataWire:
        """Open a Data socket, and connect."""
        wire = DataWire(application, DATA, headers=self._cookie)
        await self.stack.enter_async_context(opened(wire))
        await wire.connect()
        return wire

    @property
    def _cookie(self) -> dict[str, str]:
        return {"cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}"}


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.Engine]:
    monkeypatch.setattr(reading, "_write_known", lambda read: None)
    close_connections_of_the_worker_thread()
    registry.reset()
    yield registry.engine()
    registry.reset()
    close_connections_of_the_worker_thread()


@pytest.fixture
async def people(engine: registry.Engine) -> AsyncIterator[tuple[Person, Person]]:
    """Sign in Mira, who owns the private room, and Otto, who is a member of it."""

    def make() -> list[tuple[User, str]]:
        signed_in = []
        for name in ("mira", "otto"):
            user, browser = User.objects.create_user(name), Browser()
            browser.force_login(user)
            signed_in.append((user, str(browser.session.session_key)))
        room = Room.objects.create(slug="den", name="Den", is_private=True, owner=signed_in[0][0])
        for user, _ in signed_in:
            Standing.objects.create(room=room, user=user, state=Standing.State.MEMBER)
        Room.objects.get_or_create(slug="lobby", defaults={"name": "Lobby"})
        return signed_in

    async with AsyncExitStack() as stack:
        mira, otto = [Person(*each, stack) for each in await sync_to_async(make)()]
        yield mira, otto


async def rpc(wire: DataWire, method: str, **data: object) -> Any:
    """Ask for an action, and return its result."""
    reply = await wire.call("rpc", method=method, data=data)
    assert "error" not in reply, reply
    return reply["rpc"].get("data")


async def until(wire: Wire, words: str) -> str:
    """Return the next text that has these words in it."""
    while words not in (text := await wire.text()):
        pass
    return text


async def test_message_is_heard_changed_and_deleted(people: tuple[Person, Person]) -> None:
    mira, otto = people
    author, reader = await mira.open_program(), await otto.open_program()
    page = await otto.open_page(TOPIC)
    await reader.call("subscribe", channel=TOPIC)

    said = await rpc(author, "chat.send", room="den", text="first")
    await rpc(author, "chat.edit", room="den", message=said["id"], text="*second*")
    await rpc(author, "chat.delete", room="den", message=said["id"])

    events = [(await reader.push())["pub"]["data"] for _ in range(3)]
    assert [each["event"] for each in events] == ["created", "updated", "deleted"]
    assert [each["text"] for each in events] == ["first", "*second*", ""]
    assert [each["version"] for each in events] == [0, 1, 2]
    html = await until(page, "Message deleted")
    assert f'id="message-{said["id"]}"' in html


@pytest.mark.parametrize("way", ["chat.ban", "chat.remove"])
async def test_who_is_put_out_hears_nothing_more_at_once(
    people: tuple[Person, Person], way: str
) -> None:
    mira, otto = people
    author, reader = await mira.open_program(), await otto.open_program()
    mine = f"chat.mine#{otto.user.pk}"
    about = "presence.in.chat:room:den", "typing.in.chat:room:den"
    page = await otto.open_page(TOPIC, "chat.news.den", mine, *about)
    await reader.call("subscribe", channel=TOPIC)

    await rpc(author, way, room="den", name="otto")

    pushed = await reader.push()
    assert (pushed["channel"], pushed["unsubscribe"]["code"]) == (TOPIC, 2000)
    assert "data-closed" in await until(page, "chat-notice")
    connections = registry.engine().connections.of(str(otto.user.pk))
    assert not {TOPIC, "chat.news.den"} & {topic for one in connections for topic in one.topics}
    async with asyncio.timeout(5):  # who may know who is there is asked again
        while {topic for one in connections for topic in one.topics} != {mine}:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
    await rpc(author, "chat.send", room="den", text="he is gone")
    # The next that each of them hears is the answer to what it asked, or nothing.
    assert page.outgoing.empty()
    assert (await reader.call("subscribe", channel=TOPIC))["error"]["code"] == 103
    reply = await reader.call("rpc", method="chat.history", data={"room": "den"})
    assert reply["error"]["code"] == 404


async def test_mute_holds_on_an_open_connection(people: tuple[Person, Person]) -> None:
    mira, otto = people
    owner, page = await mira.open_program(), await otto.open_page(TOPIC)
    await rpc(owner, "chat.mute", room="den", name="otto", minutes=5)

    page.send_text(json.dumps({"action": "chat.send", "room": "den", "text": "still here?"}))

    assert "You are muted in this room" in await until(page, "goby-errors")


async def test_token_for_a_private_room_does_not_help_an_outsider(
    people: tuple[Person, Person],
) -> None:
    mira, otto = people
    owner = await mira.open_program()
    await rpc(owner, "chat.remove", room="den", name="otto")

    page = await otto.open_page(TOPIC)

    assert "goby-errors" in await until(page, "goby-errors")
    assert not registry.engine().hub.router.followers(TOPIC)


async def test_lists_of_rooms_hear_of_news_and_of_nothing_in_it(
    people: tuple[Person, Person],
) -> None:
    mira, otto = people
    author, page = await mira.open_program(), await otto.open_page("chat.news.den")

    said = await rpc(author, "chat.send", room="den", text="a pearl")
    html = await until(page, "news-den")
    await rpc(author, "chat.edit", room="den", message=said["id"], text="two pearls")
    await registry.engine().subscribers.drain()

    assert f'value="{said["id"]}"' in html
    assert "pearl" not in html
    assert page.outgoing.empty()
