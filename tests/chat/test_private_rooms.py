"""A private room does not exist for an outsider: by no address, no action, no topic, no search.

The lists of addresses, actions and topics come from the code, so that a new one is tested, or fails
here until it is written down how.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from chat import urls
from chat.messages import Author, post
from chat.models import Message, Room, Standing
from realtime import ActionError, Client, actions, registry
from realtime.permissions import allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.test import Client as Browser

    from tests.chat.conftest import Published, ShutOut

SECRET = "the pearl is under the third stone"  # what is said in the private room

# Addresses that have nothing to do with one room.
WITHOUT_ROOM = {"lobby", "new_room", "enter", "sign_up", "sign_in", "sign_out"}
# Addresses that list rooms or what is said in them.
LISTS = {"home": {}, "search": {"q": "pearl"}}
# Actions that have nothing to do with one room that is there.
ACTIONS_WITHOUT_ROOM = {"chat.create"}

VALUES: Mapping[str, Callable[[Message], object]] = {
    "room": lambda message: message.room.slug,
    "message": lambda message: message.pk,
    "before": lambda message: message.pk + 1,
    "text": lambda message: "let me in",
    "words": lambda message: "pearl",
    "name": lambda message: "otto",
    "cid": lambda message: "c-1",
    "minutes": lambda message: 5,
    "accept": lambda message: True,
}


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody who may not look into the room, and why."""

    why: str
    user: User | AnonymousUser


WHYS = ("stranger", "staff", "invited", "banned", "removed", "guest")


@pytest.fixture
def secret(den: Room, mira: User, published: list[Published], shut_out: list[ShutOut]) -> Message:
    """Return what was said in the private room."""
    message = post(room=den, author=Author(mira, "mira"), text=SECRET)
    published.clear()
    return message


@pytest.fixture(params=WHYS)
def outsider(request: pytest.FixtureRequest, den: Room, otto: User) -> Outsider:
    """Return each kind of outsider. All but the guest of a socket are Otto."""
    why: str = request.param
    if why == "guest":
        return Outsider(why, AnonymousUser())
    if why == "staff":
        otto.is_staff = True
        otto.save()
    states = {"invited": Standing.State.INVITED, "banned": Standing.State.MEMBER}
    if why in {"invited", "banned", "removed"}:
        state = states.get(why, Standing.State.NONE)
        Standing.objects.create(room=den, user=otto, state=state, is_banned=why == "banned")
    return Outsider(why, otto)


def routes() -> list[str]:
    """Return the names of all addresses of the chat."""
    return sorted(str(pattern.name) for pattern in urls.urlpatterns)


def room_routes() -> list[str]:
    return [name for name in routes() if name not in WITHOUT_ROOM | LISTS.keys()]


def room_actions() -> list[str]:
    """Return the names of all actions of the chat that have to do with a room."""
    names = [name for name in actions._actions if name.startswith("chat.")]
    return sorted(name for name in names if name not in ACTIONS_WITHOUT_ROOM)


def room_topics() -> list[str]:
    """Return the patterns of all topics of rooms, of whatever app."""
    return sorted(
        pattern.text
        for pattern, _ in registry.catalog
        if {"slug", "room"} & parameters(pattern.text)
    )


def parameters(pattern: str) -> set[str]:
    """Return the names in the braces of a pattern."""
    return {part.partition("}")[0] for part in pattern.split("{")[1:]}


def address_of(name: str, message: Message) -> str:
    """Return the address of a page about the private room or the message in it."""
    [pattern] = [each for each in urls.urlpatterns if each.name == name]
    values = {"slug": message.room.slug, "number": message.pk}
    wanted = pattern.pattern.converters.keys()
    assert wanted <= values.keys(), f"Say in this test what stands in the address of {name}."
    assert "slug" in wanted, f"Write {name} into WITHOUT_ROOM or LISTS, if it is about no room."
    return reverse(f"chat:{name}", kwargs={key: values[key] for key in wanted})


def test_lists_of_this_test_name_what_is_there() -> None:
    assert set(routes()) >= WITHOUT_ROOM | LISTS.keys()
    assert actions._actions.keys() >= ACTIONS_WITHOUT_ROOM


@pytest.mark.parametrize("name", room_routes())
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_address_is_not_found(
    client: Browser,
    outsider: Outsider,
    secret: Message,
    name: str,
    method: str,
    headers: dict[str, str],
) -> None:
    if isinstance(outsider.user, User):
        client.force_login(outsider.user)
    for query in ("", f"?before={secret.pk + 1}", "?after=0"):
        address = address_of(name, secret) + query
        response = getattr(client, method)(address, headers=headers)
        assert response.status_code == (302 if outsider.why == "guest" else 404), address
        assert SECRET not in response.content.decode()
        assert secret.room.name not in response.content.decode()
    assert Message.objects.get().text == SECRET


@pytest.mark.parametrize("name", LISTS)
def test_list_does_not_have_it(
    client: Browser, outsider: Outsider, secret: Message, name: str
) -> None:
    if isinstance(outsider.user, User):
        client.force_login(outsider.user)
    page = client.get(reverse(f"chat:{name}"), LISTS[name]).content.decode()
    assert SECRET not in page
    assert reverse("chat:room", kwargs={"slug": secret.room.slug}) not in page
    assert (secret.room.name in page) == (outsider.why == "invited" and name == "home")


@pytest.mark.parametrize("name", room_actions())
@pytest.mark.parametrize("socket", ["html", "data"])
def test_action_refuses_as_if_there_were_no_such_room(
    outsider: Outsider, secret: Message, published: list[Published], name: str, socket: Any
) -> None:
    client = Client(id="abcdef-123", socket=socket, user=outsider.user)
    found = actions.find(name)
    assert found.parameters.keys() <= VALUES.keys(), f"Say in VALUES what to send to {name}."
    assert "room" in found.parameters, f"Write {name} down, if it is about no room."
    arguments = {key: VALUES[key](secret) for key in found.parameters}
    if not async_to_sync(allowed)(found.allow, client):
        assert outsider.why == "guest"
        return
    if name == "chat.answer" and outsider.why == "invited":
        return  # what an invitation is for
    with pytest.raises(ActionError, match=r"There is no such (room|invitation)") as refusal:
        found.handler(client, **arguments)
    assert refusal.value.code == 404
    assert not published
    assert Message.objects.get().text == SECRET
    assert Standing.objects.filter(user=secret.author_id).get().state == Standing.State.MEMBER


@pytest.mark.parametrize("pattern", room_topics())
@pytest.mark.parametrize("right", ["can_subscribe", "can_history", "can_presence", "can_publish"])
def test_topic_may_not_be_followed(
    outsider: Outsider, secret: Message, pattern: str, right: str
) -> None:
    slug = secret.room.slug
    values = {"slug": slug, "room": f"chat:room:{slug}"}
    assert parameters(pattern) <= values.keys(), f"Say in this test what stands in {pattern}."
    topic = pattern.format(**values)
    resolved = registry.catalog.resolve(topic)
    assert resolved is not None
    client = Client(id="abcdef-123", socket="http", user=outsider.user)
    permission = getattr(resolved.options, right)
    assert not async_to_sync(allowed)(permission, client, **resolved.parameters)


def test_member_is_let_in_everywhere(
    client: Browser, secret: Message, member: User, published: list[Published]
) -> None:
    client.force_login(member)
    for name in room_routes():
        assert client.get(address_of(name, secret)).status_code == 200
    assert "third stone" in json.dumps(
        actions.find("chat.search").handler(
            Client(id="a", socket="data", user=member), words="pearl"
        )
    )
    patterns = [pattern for pattern in room_topics() if pattern.startswith("chat.")]
    assert len(patterns) == 2
    for pattern in patterns:
        resolved = registry.catalog.resolve(pattern.format(slug="den"))
        assert resolved is not None
        who = Client(id="a", socket="http", user=member)
        assert async_to_sync(allowed)(resolved.options.can_subscribe, who, slug="den")
