"""References of the document lead where they should, whatever a topic or an action is called."""

from __future__ import annotations

import pytest

from realtime.asyncapi import references


@pytest.mark.parametrize(
    ("step", "written"),
    [
        ("dataSocket", "dataSocket"),
        ("topic.chat.room.{slug}", "topic.chat.room.%7Bslug%7D"),
        ("topic.$own#{user},{other}", "topic.%24own%23%7Buser%7D%2C%7Bother%7D"),
        ("a/b~c", "a~1b~0c"),
        ("schön", "sch%C3%B6n"),
    ],
)
def test_step_of_a_reference_is_escaped(step: str, written: str) -> None:
    assert references.to("channels", step) == {"$ref": f"#/channels/{written}"}


def test_operation_refers_to_its_channel_and_messages() -> None:
    assert references.operation("send", "some", ["one", "two"]) == {
        "action": "send",
        "channel": {"$ref": "#/channels/some"},
        "messages": [
            {"$ref": "#/channels/some/messages/one"},
            {"$ref": "#/channels/some/messages/two"},
        ],
    }


def test_operation_with_answers_has_a_reply() -> None:
    operation = references.operation("receive", "some", ["one"], answers=["two"])

    assert operation["reply"] == {
        "channel": {"$ref": "#/channels/some"},
        "messages": [{"$ref": "#/channels/some/messages/two"}],
    }


def test_messages_are_those_of_the_components() -> None:
    assert references.to_messages(["error"]) == {"error": {"$ref": "#/components/messages/error"}}
