"""A room that is deleted ends for those who are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async

from chat.models import Message, Room
from realtime import registry
from tests.chat.test_sockets import TOPIC, engine, people, rpc, until

if TYPE_CHECKING:
    from tests.chat.conftest import Published
    from tests.person import Person

__all__ = ["engine", "people"]  # fixtures


@pytest.mark.django_db(transaction=True)
async def test_nobody_hears_a_later_room_of_the_same_address(people: tuple[Person, Person]) -> None:
    mira, otto = people
    author, reader = await mira.open_program(), await otto.open_program()
    page, rooms = await otto.open_page(TOPIC), await otto.open_page("chat.news.den")
    epoch = (await reader.call("subscribe", channel=TOPIC))["subscribe"]["epoch"]
    for text in ("one", "two"):
        await rpc(author, "chat.send", room="den", text=text)
        assert (await reader.push())["pub"]["data"]["text"] == text
    await until(rooms, "news-den")

    await sync_to_async(_delete)()

    last = (await reader.push())["pub"]["data"]
    assert (last["event"], last["closed"]) == ("closed", True)
    assert (await reader.push())["unsubscribe"]["code"] == 2000
    html = await until(page, "chat-notice")
    assert "data-closed" in html
    assert "Den was deleted." in html
    assert "message-" not in html
    router = registry.engine().hub.router
    assert not router.followers(TOPIC)
    assert not router.followers("chat.news.den")
    await rpc(author, "chat.create", name="Den", private=True)
    member = await mira.open_program()
    entered = await member.call("subscribe", channel=TOPIC, recover=True, epoch=epoch, offset=0)
    assert not entered["subscribe"].get("publications")
    await rpc(author, "chat.send", room="den", text="not for Otto")
    assert (await member.push())["pub"]["data"]["text"] == "not for Otto"
    assert reader.outgoing.empty()
    assert page.outgoing.empty()


def _delete() -> None:
    Room.objects.get(slug="den").delete()


def test_messages_of_the_room_are_not_told_of_one_by_one(
    lobby: Room, published: list[Published]
) -> None:
    Message.objects.bulk_create(
        Message(room=lobby, author_name="otter", text="m", client_id=str(n)) for n in range(3)
    )
    Room.objects.filter(slug="lobby").delete()
    assert not Message.objects.exists()
    assert published == []
