"""The reference of the chat says what the code does."""

from __future__ import annotations

from django.utils import timezone

from chat import cleaning, markup, people, rates, reading, rooms, search, topics
from chat.messages import data_of
from chat.models import Message, Room
from realtime import actions
from tests.docs.pages import first_cells, read, rows

PAGE = read("reference/chat.md")


def test_topics_are_those_of_the_code() -> None:
    declared = {topic.pattern.text for topic in (topics.room, topics.news, topics.mine)}
    assert declared <= first_cells(PAGE)


def test_actions_have_their_arguments() -> None:
    found = {name for name in actions._actions if name.startswith("chat.")}
    named = {name for name in first_cells(PAGE) if name.startswith("chat.")}
    assert found == {name for name in named if "{" not in name}
    for name in found:
        [row] = [row for row in rows(PAGE) if row[0] == f"`{name}`"]
        assert all(f"`{argument}`" in row[2] for argument in actions.find(name).parameters)


def test_message_has_its_fields() -> None:
    message = Message(room=Room(slug="lobby"), author_name="mira", text="hi")
    message.created_at = timezone.now()
    assert data_of(message).keys() <= first_cells(PAGE)


def test_bounds_are_those_of_the_code() -> None:
    bounds = {row[0]: row[1] for row in rows(PAGE) if len(row) == 2}
    assert f"{cleaning.MAX_LENGTH:,} characters" in bounds["a message"]
    assert f"{markup.MAX_MENTIONS} people" in bounds["a message"]
    expected = f"{rates.MESSAGES} in {rates.WINDOW} seconds"
    assert bounds["messages of one person in a room"] == expected
    assert f"{rooms.MAX_ROOMS_EACH} in all" in bounds["new rooms of one person"]
    assert bounds["members of a private room"] == str(people.MAX_MEMBERS)
    assert bounds["rooms in a list"] == f"{rooms.LISTED} a page"
    assert bounds["unread messages counted"] == f"{reading.COUNTED} a room"
    assert f"{search.SHORTEST} to {search.LONGEST} characters" in bounds["a search"]
    assert f"{search.REACH:,} messages, {search.PAGE_SIZE} a page" in bounds["a search"]
