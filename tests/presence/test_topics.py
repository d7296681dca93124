"""The topics about people: nobody publishes there, and the last word is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from presence import topics
from presence.rooms import may_see

if TYPE_CHECKING:
    from realtime import Topic


@pytest.mark.parametrize("topic", [topics.site, topics.people, topics.typing])
def test_topic_is_told_by_the_server_alone_and_keeps_the_latest(topic: Topic) -> None:
    options = topic.options

    assert options.can_publish == "nobody"
    assert options.can_presence == "nobody"
    assert options.history is not None
    assert options.history.recovery == "latest"
    assert options.fragment.startswith("presence/live/")


def test_rooms_ask_for_the_permission_of_the_room() -> None:
    assert topics.people.options.can_subscribe is may_see
    assert topics.typing.options.can_subscribe is may_see


def test_of_typing_only_the_latest_waits() -> None:
    assert topics.typing.options.overflow == "latest"
    assert topics.people.options.overflow == "close"  # a diff that is dropped is missed
