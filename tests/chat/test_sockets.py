"""On open connections: what a message becomes is heard, and who is put out hears nothing more."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async

from chat import reading
from chat.models import Room, Standing
from realtime import registry
from tests.person import signed_in
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.person import Person
    from tests.wire import DataWire, Wire

pytestmark = pytest.mark.django_db(transaction=True)

TOPIC = "chat.room.den"


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

    def furnish(mira: Person, otto: Person) -> None:
        room = Room.objects.create(slug="den", name="Den", is_private=True, owner=mira.user)
        for person in (mira, otto):
            Standing.objects.create(room=room, user=person.user, state=Standing.State.MEMBER)
        Room.objects.get_or_create(slug="lobby", defaults={"name": "Lobby"})

    async with AsyncExitStack() as stack:
        mira, otto = await signed_in(stack, "mira", "otto")
        await sync_to_async(furnish)(mira, otto)
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


async def test_who_is_put_out_hears_no_more_who_is_there_though_not_in_the_room(
    people: tuple[Person, Person],
) -> None:
    mira, otto = people
    owner, watcher = await mira.open_program(), await otto.open_program()
    about = {"presence.in.chat:room:den", "typing.in.chat:room:den"}
    for topic in about:
        assert "error" not in await watcher.call("subscribe", channel=topic)

    await rpc(owner, "chat.remove", room="den", name="otto")

    ended = [await watcher.push() for _ in about]
    assert {push["channel"] for push in ended} == about
    assert {push["unsubscribe"]["code"] for push in ended} == {2000}


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
