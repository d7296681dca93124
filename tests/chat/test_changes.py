"""Changing and deleting messages, and whom they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from chat import actions
from chat.messages import Author, data_of, post
from chat.models import Message
from chat.signals import mentioned
from realtime import ActionError, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client as Browser
    from pytest_django import DjangoAssertNumQueries

    from chat.models import Room
    from tests.chat.conftest import Published

pytestmark = pytest.mark.usefixtures("published")


def as_(user: User) -> Client:
    """Return a page of a user."""
    return Client(id="abcdef-123", socket="html", user=user)


@pytest.fixture
def said(lobby: Room, mira: User, published: list[Published]) -> Message:
    """Return what Mira said."""
    message = post(room=lobby, author=Author(mira, "mira"), text="first *words*")
    published.clear()
    return message


@pytest.fixture
def named() -> Iterator[list[list[str]]]:
    """Return the names of those who were mentioned, for each time the signal is sent."""
    names: list[list[str]] = []

    def listen(message: Message, users: list[User], **_: Any) -> None:
        assert message.pk
        names.append([user.get_username() for user in users])

    mentioned.connect(listen)
    yield names
    mentioned.disconnect(listen)


def test_edit_changes_the_text_and_tells_the_room(
    said: Message, mira: User, published: list[Published]
) -> None:
    result = actions.edit(as_(mira), room="lobby", message=said.pk, text="other **words**")
    said.refresh_from_db()
    assert (said.text, said.version) == ("other **words**", 1)
    assert said.html == "<p>other <strong>words</strong></p>"
    assert result == data_of(said)
    assert [each.data for each in published] == [{"event": "updated", **result}]
    assert result["edited"]


def test_delete_empties_the_message_and_tells_the_room(
    said: Message, mira: User, published: list[Published]
) -> None:
    result = actions.delete(as_(mira), room="lobby", message=said.pk)
    said.refresh_from_db()
    assert (said.text, said.html) == ("", "")
    assert result["deleted"]
    assert [each.data for each in published] == [{**result, "event": "deleted"}]
    with pytest.raises(ActionError, match="no such message"):
        actions.edit(as_(mira), room="lobby", message=said.pk, text="back")


def test_message_removed_for_good_is_told_of(said: Message, published: list[Published]) -> None:
    number = said.pk
    said.delete()
    [publication] = published
    assert publication.data["event"] == "deleted"
    assert publication.data["id"] == number


@pytest.mark.parametrize("what", ["edit", "delete"])
def test_message_of_another_is_left_alone(said: Message, otto: User, what: str) -> None:
    arguments = {"text": "mine now"} if what == "edit" else {}
    with pytest.raises(ActionError, match="Only who wrote") as refusal:
        getattr(actions, what)(as_(otto), room="lobby", message=said.pk, **arguments)
    assert refusal.value.code == 403
    assert Message.objects.get().text == "first *words*"


def test_message_of_a_guest_of_the_socket_is_nobodys(lobby: Room) -> None:
    message = post(room=lobby, author=Author(None, "guest-abcdef"), text="hi")
    guest = Client(id="abcdef-123", socket="data", user=AnonymousUser())
    with pytest.raises(ActionError, match="Only who wrote"):
        actions.delete(guest, room="lobby", message=message.pk)


def test_message_is_not_found_through_another_room(said: Message, mira: User) -> None:
    with pytest.raises(ActionError, match="no such message"):
        actions.delete(as_(mira), room="random", message=said.pk)


def test_edit_to_nothing_is_refused(said: Message, mira: User) -> None:
    with pytest.raises(ActionError, match="Write something first"):
        actions.edit(as_(mira), room="lobby", message=said.pk, text=" ")


def test_fragments_of_what_happens_to_a_message(
    said: Message, mira: User, published: list[Published]
) -> None:
    created = render_to_string("chat/live/message.html", {"event": "created", **data_of(said)})
    actions.edit(as_(mira), room="lobby", message=said.pk, text="second")
    actions.delete(as_(mira), room="lobby", message=said.pk)
    updated, deleted = (
        render_to_string("chat/live/message.html", each.data).strip() for each in published
    )
    item = f'<li hx-swap-oob="outerHTML" id="message-{said.pk}"'
    assert '<ol id="messages" hx-swap-oob="beforeend">' in created
    assert "<em>words</em>" in created
    assert updated.startswith(item)
    assert "<p>second</p>" in updated
    assert '<small class="edited">' in updated
    assert deleted.startswith(item)
    assert "Message deleted" in deleted
    assert "second" not in deleted


def test_mention_is_told_to_who_may_read(
    lobby: Room, mira: User, otto: User, named: list[list[str]]
) -> None:
    message = post(room=lobby, author=Author(mira, "mira"), text="@otto @mira @nobody hello")
    assert named == [["otto"]]
    assert "<strong>@otto</strong>" in message.html
    assert "<strong>@nobody</strong>" not in message.html
    actions.edit(as_(mira), room="lobby", message=message.pk, text="@otto hello again")
    assert named == [["otto"]]


def test_mentions_of_many_cost_as_much_as_of_one(
    lobby: Room, mira: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    names = [f"user{number}" for number in range(20)]
    User.objects.bulk_create(User(username=name) for name in names)
    author = Author(mira, "mira")
    with CaptureQueriesContext(connection) as one:
        post(room=lobby, author=author, text=f"@{names[0]}")
    with django_assert_num_queries(len(one)):
        message = post(room=lobby, author=author, text=" ".join(f"@{name}" for name in names))
    assert message.html.count("<strong>") == 20


def test_mention_in_a_private_room_is_not_told_outside(
    den: Room, mira: User, otto: User, named: list[list[str]]
) -> None:
    message = post(room=den, author=Author(mira, "mira"), text="@otto must not know")
    assert named == []
    assert "<strong>" not in message.html


def test_forms_without_script(browser: Browser, said: Message, published: list[Published]) -> None:
    address = f"/rooms/lobby/messages/{said.pk}/"
    assert address in browser.get("/rooms/lobby/").content.decode()
    page = browser.get(address).content.decode()
    assert "first *words*</textarea>" in page
    form = {"action": "chat.edit", "text": "changed"}
    assert browser.post(address, form).headers["Location"] == "/rooms/lobby/"
    refused = browser.post(address, {"action": "chat.edit", "text": " "})
    assert refused.status_code == 400
    assert "Write something first" in refused.content.decode()
    browser.post(address, {"action": "chat.delete"})
    assert [each.data["event"] for each in published] == ["updated", "deleted"]
    assert browser.get(address).status_code == 404
    assert "Message deleted" in browser.get("/rooms/lobby/").content.decode()


def test_options_for_htmx_come_without_the_page(browser: Browser, said: Message) -> None:
    part = browser.get(f"/rooms/lobby/messages/{said.pk}/", headers={"HX-Request": "true"})
    assert part.content.decode().startswith('<h2 id="menu-title">')
    assert "hx-ws:send" in part.content.decode()


def test_options_for_somebody_else_offer_nothing(
    client: Browser, otto: User, said: Message
) -> None:
    client.force_login(otto)
    page = client.get(f"/rooms/lobby/messages/{said.pk}/").content.decode()
    assert "nothing you can change" in page
    assert "chat.delete" not in page


@pytest.mark.usefixtures("lobby")
@pytest.mark.parametrize("number", [0, 99, 2**63, 10**30])
def test_message_that_is_not_there_is_not_found(browser: Browser, number: int) -> None:
    assert browser.get(f"/rooms/lobby/messages/{number}/").status_code == 404
    form = {"action": "chat.delete"}
    assert browser.post(f"/rooms/lobby/messages/{number}/", form).status_code == 404
