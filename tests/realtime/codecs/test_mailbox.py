"""The channel layer's codec: every receiver has a message of its own."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.codecs.mailbox import MailboxCodec, pack
from realtime.message import Change, ClientInfo, Publication

MESSAGES = st.dictionaries(
    st.text(),
    st.recursive(
        st.none() | st.integers() | st.binary() | st.text() | st.datetimes(),
        lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
        max_leaves=5,
    ),
)


class Unpicklable:
    """A value that can be copied, but not pickled."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def __reduce__(self) -> Any:
        raise self.error("This is not to be pickled.")

    def __deepcopy__(self, memo: object) -> Unpicklable:
        return Unpicklable(self.error)


@given(MESSAGES)
def test_opened_parcel_equals_the_message(message: dict[str, Any]) -> None:
    parcel = pack(message)

    assert parcel.open() == message
    assert parcel.size == len(parcel.contents or b"") > 0


def test_each_receiver_has_its_own_copy() -> None:
    parcel = pack({"type": "chat", "tags": ["a"]})

    one, other = parcel.open(), parcel.open()
    one["tags"].append("b")

    assert other == {"type": "chat", "tags": ["a"]}
    assert parcel.open() == other


def test_parcel_keeps_the_message_as_it_was_sent() -> None:
    message = {"tags": ["a"]}
    parcel = pack(message)

    message["tags"].append("b")

    assert parcel.open() == {"tags": ["a"]}


@pytest.mark.parametrize("error", [TypeError, AttributeError])
def test_message_that_cannot_be_pickled_is_copied(error: type[Exception]) -> None:
    message = {"value": Unpicklable(error), "tags": ["a"]}
    parcel = pack(message)
    message["tags"] = ["b"]

    one, other = parcel.open(), parcel.open()

    assert one["tags"] == other["tags"] == ["a"]
    assert one["value"] is not other["value"]
    assert one["tags"] is not other["tags"]


def test_local_function_is_passed_on() -> None:
    def local() -> str:
        return "called"

    assert pack({"function": local}).open()["function"]() == "called"


def test_message_that_cannot_be_copied_at_all_is_an_error() -> None:
    with pytest.raises(TypeError):
        pack({"lock": threading.Lock()})


def test_codec_packs_the_data_of_a_publication() -> None:
    data = {"type": "chat"}

    parcel = MailboxCodec().encode(Publication("group/1/a", data, b"", 0, ""), "close")

    assert parcel.open() == data
    assert parcel.open() is not data


def test_channel_is_not_told_who_comes_and_goes() -> None:
    change = Change("join", "group/1/a", ClientInfo(user="1", client="c"))

    assert MailboxCodec().announce(change, "close") is None  # type: ignore[func-returns-value]  # it is typed so
