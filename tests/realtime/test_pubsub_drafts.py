"""What is wrong with a publication is refused in the call that was wrong."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.exceptions import (
    InvalidDataError,
    InvalidTopicError,
)
from realtime.message import ClientInfo
from tests.realtime.rooms import MAX_DATA_SIZE, TOPIC, Site


def test_draft_is_checked_encoded_and_dated(idle_site: Site) -> None:
    info, before = ClientInfo(user="1", client="c"), time.time()

    draft = idle_site.pubsub.draft(TOPIC, {"text": "hi"}, id="x", info=info)

    assert (draft.topic, draft.data, draft.json) == (TOPIC, {"text": "hi"}, b'{"text":"hi"}')
    assert (draft.id, draft.info) == ("x", info)
    assert before <= draft.published_at <= time.time()


def test_draft_stays_what_it_was_when_its_data_is_changed_later(idle_site: Site) -> None:
    data = {"names": ["ada"], "on": date(2026, 1, 2)}

    draft = idle_site.draft(data)
    data["names"] = ["eve"]

    assert draft.data == orjson.loads(draft.json) == {"names": ["ada"], "on": "2026-01-02"}


def test_draft_on_a_topic_that_nobody_declared_is_refused(idle_site: Site) -> None:
    with pytest.raises(InvalidTopicError, match=r'No app declares the topic "other.lobby"'):
        idle_site.draft(topic="other.lobby")


@pytest.mark.parametrize("topic", ["", "chat lobby", "chat.lobby\n", "x" * 256])
def test_draft_on_what_is_no_topic_is_refused(idle_site: Site, topic: str) -> None:
    with pytest.raises(InvalidTopicError):
        idle_site.draft(topic=topic)


@pytest.mark.parametrize(
    "data",
    [{"a"}, object(), {"a": object()}, {1: "a"}, 2**70, "\ud800", lambda: None, b"bytes"],
    ids=repr,
)
def test_draft_of_what_is_no_json_is_refused(idle_site: Site, data: Any) -> None:
    with pytest.raises(InvalidDataError, match=r"must be JSON.*Publish dicts, lists") as caught:
        idle_site.draft(data)
    assert repr(data) not in str(caught.value)


def test_draft_that_holds_itself_is_refused(idle_site: Site) -> None:
    data: list[Any] = []
    data.append(data)

    with pytest.raises(InvalidDataError):
        idle_site.draft(data)


def test_draft_that_is_too_large_is_refused_with_both_sizes(idle_site: Site) -> None:
    assert len(idle_site.draft("x" * (MAX_DATA_SIZE - 2)).json) == MAX_DATA_SIZE
    with pytest.raises(InvalidDataError, match="at most 1000 bytes, this one has 1001"):
        idle_site.draft("x" * (MAX_DATA_SIZE - 1))


def test_size_of_a_draft_is_in_bytes(idle_site: Site) -> None:
    with pytest.raises(InvalidDataError):
        idle_site.draft("€" * (MAX_DATA_SIZE // 2))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=5,
    )
)
def test_json_of_a_draft_is_its_data_on_one_line(data: Any) -> None:
    try:
        draft = Site().draft(data)
    except InvalidDataError:
        return
    assert orjson.loads(draft.json) == data
    assert b"\n" not in draft.json


def test_tags_count_to_the_size_of_a_publication(idle_site: Site) -> None:
    tags = {"big": "x" * MAX_DATA_SIZE}

    assert idle_site.pubsub.draft("chat.lobby", 1, tags={"a": "b"}).tags == {"a": "b"}
    with pytest.raises(InvalidDataError, match="at most 1000 bytes"):
        idle_site.pubsub.draft("chat.lobby", 1, tags=tags)
