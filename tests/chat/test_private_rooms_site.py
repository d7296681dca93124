"""A private room does not exist for an outsider on the whole site: by no app, by no open socket.

Three tables say what the site has: addresses, actions and topics. What is not in them fails here,
so that nobody adds a way in without saying what it has to do with private rooms.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.urls import URLPattern, get_resolver

from chat.messages import Author, post
from chat.models import Message, Room, Standing
from notifications.models import Notification
from realtime import actions, registry
from realtime.commands import HANDLERS
from realtime.sentences import SENTENCES
from tests.chat.test_private_rooms import SECRET, Outsider, outsider, secret
from tests.chat.test_sockets import engine, people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.test import Client as Browser
    from django.urls import URLResolver

    from tests.chat.conftest import Published
    from tests.person import Person

__all__ = ["engine", "outsider", "people", "secret"]

# What each address answers to a stranger with an account who asks for the private room in every
# way at once. All that begins with "admin:" leads to the admin's entrance.
ROUTES: Mapping[str, int] = {
    "chat:enter": 302,
    "chat:home": 200,
    "chat:lobby": 200,
    "chat:message": 404,
    "chat:new_room": 200,
    "chat:people": 404,
    "chat:room": 404,
    "chat:search": 400,
    "chat:sign_in": 302,
    "chat:sign_out": 405,
    "chat:sign_up": 200,
    "favicon": 302,
    "notifications:follow": 404,
    "notifications:list": 200,
    "notifications:preferences": 200,
    "realtime-api:call": 403,
    "realtime:asyncapi": 403,
    "realtime:token": 403,
}
# What stands in addresses. The admin's are of the message, by whatever name.
PARTS = {"slug": "den", "method": "history", "url": "nothing", "app_label": "chat"}

# What each action is sent to get into the room; None where no room is concerned.
ROOM: Mapping[str, object] = {"room": "den"}
ACTIONS: Mapping[str, Mapping[str, object] | None] = {
    "chat.answer": {**ROOM, "accept": True},
    "chat.ban": {**ROOM, "name": "mira"},
    "chat.create": None,
    "chat.delete": {**ROOM, "message": 1},
    "chat.edit": {**ROOM, "message": 1, "text": "struck"},
    "chat.history": ROOM,
    "chat.invite": {**ROOM, "name": "otto"},
    "chat.leave": ROOM,
    "chat.mute": {**ROOM, "name": "mira", "minutes": 5},
    "chat.read": {**ROOM, "message": 1},
    "chat.remove": {**ROOM, "name": "mira"},
    "chat.search": {**ROOM, "words": "pearl"},
    "chat.send": {**ROOM, "text": "let me in"},
    "chat.unban": {**ROOM, "name": "otto"},
    "notifications.list": None,
    "notifications.prefer": None,
    "notifications.read": None,
    "notifications.read_all": None,
    "notifications.see": None,
    "presence.list": {"room": "chat.room.den"},
    "presence.typing": {"room": "chat:room:den"},
}

# The topics by their patterns, each with its name for the private room, if it has one.
TOPICS: Mapping[str, str] = {
    "chat.mine#{user}": "",
    "chat.news.{slug}": "chat.news.den",
    "chat.room.{slug}": "chat.room.den",
    "notifications": "",
    "notifications#{user}": "",
    "presence.in.{room}": "presence.in.chat:room:den",
    "presence.site": "",
    "typing.in.{room}": "typing.in.chat:room:den",
}
ROOM_TOPICS = sorted(filter(None, TOPICS.values()))

# What the Data socket may be asked about a topic; None where it is not about one.
COMMANDS: Mapping[str, Mapping[str, object] | None] = {
    "connect": None,
    "history": {"limit": 10},
    "presence": {},
    "presence_stats": {},
    "publish": {"data": {"text": "let me in"}},
    "refresh": None,
    "rpc": None,
    "send": None,
    "sub_refresh": {"token": "forged"},
    "subscribe": {"recover": True, "epoch": "", "offset": 0},
    "unsubscribe": None,  # answered alike, whether there is such a topic or not
}


def addresses(
    patterns: Sequence[URLPattern | URLResolver], space: str = "", path: str = "/"
) -> Iterator[tuple[str, str]]:
    """Return the name and the pattern of each address of the site."""
    for each in patterns:
        if isinstance(each, URLPattern):
            yield f"{space}{each.name or each.pattern}", f"{path}{each.pattern}"
        else:
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from addresses(each.url_patterns, inner, f"{path}{each.pattern}")


SITE = sorted(set(addresses(get_resolver().url_patterns)))


def filled(pattern: str, message: Message) -> str:
    """Return the address of a pattern that concerns the private room or what was said in it."""

    def value(match: re.Match[str]) -> str:
        return PARTS.get(match[1], str(message.pk))

    pattern = re.sub(
        r"\^?\(\?P<(\w+)>[^)]*\)(/?)\$", lambda match: f"<{match[1]}>{match[2]}", pattern
    )
    return re.sub(r"<(?:\w+:)?(\w+)>", value, pattern)


def test_tables_name_all_that_the_site_has() -> None:
    named = {name for name, _ in SITE if not name.startswith("admin:")}
    assert named == ROUTES.keys()
    assert {each.name for each in actions.registered()} == ACTIONS.keys()
    assert {pattern.text for pattern, _ in registry.catalog} == TOPICS.keys()
    assert HANDLERS.keys() == COMMANDS.keys()


def asked(message: Message) -> list[str]:
    """Return what stands behind an address to ask for the private room."""
    ways = [f"q=pearl&{topic}" for topic in ("", *(f"topic={name}" for name in ROOM_TOPICS))]
    return [*ways, f"{ways[-1]}&room=den&after=0&before={message.pk + 1}&next=/rooms/den/"]


def test_no_address_shows_it(
    client: Browser, outsider: Outsider, secret: Message, published: list[Published]
) -> None:
    for name, pattern in SITE:
        if isinstance(outsider.user, User):  # anew: some of them sign out
            client.force_login(outsider.user)
        address = filled(pattern, secret)
        answers = [client.get(f"{address}?{query}") for query in asked(secret)]
        form = {"action": "chat.history", "room": "den", "q": "pearl"}
        for answer in (*answers, client.post(address, form)):
            text = answer.content.decode()
            assert SECRET not in text, address
            if (outsider.why, name) != ("invited", "chat:home"):
                assert secret.room.name not in text, address
        if outsider.why == "stranger":
            entrance = 200 if name == "admin:login" else 302
            assert answers[-1].status_code == ROUTES.get(name, entrance), address


def test_token_of_its_topics_is_given_to_nobody(
    client: Browser, outsider: Outsider, secret: Message
) -> None:
    if isinstance(outsider.user, User):
        client.force_login(outsider.user)
    for topic in ROOM_TOPICS:
        answer = client.get("/realtime/token/", {"topic": topic})
        assert (answer.status_code, "token" in answer.json()) == (403, False)


def test_nobody_is_notified_of_what_is_said_there(
    outsider: Outsider, den: Room, mira: User, published: list[Published]
) -> None:
    post(room=den, author=Author(mira, "mira"), text=f"@otto @mira {SECRET}")
    assert not Notification.objects.exists()


# On open sockets, as a stranger with an account


@pytest.fixture
async def stranger(people: tuple[Person, Person]) -> Person:
    """Return Otto, who was never let into the room. Mira has said something there."""
    mira, otto = people

    def make() -> None:
        den = Room.objects.get(slug="den")
        Standing.objects.filter(user=otto.user).delete()
        post(room=den, author=Author(mira.user, "mira"), text=SECRET)

    await mira.open_page("chat.room.den")  # somebody is there
    await sync_to_async(make)()
    return otto


pages = pytest.mark.django_db(transaction=True)


@pages
async def test_no_command_gets_at_its_topics(stranger: Person) -> None:
    wire = await stranger.open_program()
    for name, body in COMMANDS.items():
        for topic in ROOM_TOPICS if body is not None else ():
            reply = await wire.call(name, channel=topic, **(body or {}))
            assert reply["error"]["code"] in {103, 107, 108}, (name, topic)
    assert SECRET not in wire.said


@pages
async def test_no_action_gets_in_on_the_data_socket(stranger: Person) -> None:
    wire = await stranger.open_program()
    for name, data in ACTIONS.items():
        if data is not None:
            reply = await wire.call("rpc", method=name, data=data)
            assert reply["error"]["code"] == 404, name
    assert SECRET not in wire.said


@pages
async def test_no_action_gets_in_from_a_page(stranger: Person) -> None:
    wire = await stranger.open_page()
    for name, data in ACTIONS.items():
        if data is not None:
            wire.send_text(json.dumps({**data, "action": name}))
            assert "There is no such" in await wire.text(), name
    assert SECRET not in wire.said


@pages
@pytest.mark.parametrize("topic", ROOM_TOPICS)
async def test_no_page_may_follow_its_topics(stranger: Person, topic: str) -> None:
    at_once = await stranger.open_page(topic)
    later = await stranger.open_page()
    later.send_text(json.dumps({"goby": "follow", "token": stranger.token(topic)}))
    for wire in (at_once, later):
        assert SENTENCES[103] in await wire.text()
        assert SECRET not in wire.said
