"""The Data socket's codec: pushes that any Centrifuge client reads."""

from __future__ import annotations

from typing import Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.codecs import JSONCodec
from realtime.codecs.json import encode_pub, info_of
from realtime.message import Change, ClientInfo, Publication

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def publication(
    data: Any = None, *, offset: int = 0, info: ClientInfo | None = None
) -> Publication:
    return Publication("chat.room.lobby", data, orjson.dumps(data), offset, "e", info=info)


@given(data=DATA, offset=st.integers(0, 2**40))
def test_push_is_json_that_holds_the_data(data: Any, offset: int) -> None:
    frame = JSONCodec().encode(publication(data, offset=offset), "close")

    pub = {"data": data, "offset": offset} if offset else {"data": data}
    assert orjson.loads(frame.text) == {"push": {"channel": "chat.room.lobby", "pub": pub}}
    assert frame.size == len(frame.text.encode())


@given(st.lists(DATA, min_size=1, max_size=5))
def test_batch_is_one_push_a_line(several: list[Any]) -> None:
    codec = JSONCodec()
    frames = [codec.encode(publication(data), "close") for data in several]

    lines = codec.join(frames).split("\n")

    assert [orjson.loads(line)["push"]["pub"]["data"] for line in lines] == several


def test_batch_of_one_is_the_frame_itself() -> None:
    codec = JSONCodec()
    frame = codec.encode(publication({"a": 1}), "close")

    assert codec.join([frame]) is frame.text


def test_frame_knows_its_topic_and_policy() -> None:
    frame = JSONCodec().encode(publication(), "latest")

    assert (frame.topic, frame.overflow) == ("chat.room.lobby", "latest")


@given(user=TEXT, client=TEXT)
def test_info_tells_who_published(user: str, client: str) -> None:
    info = ClientInfo(user=user, client=client)

    assert orjson.loads(encode_pub(publication(offset=7, info=info))) == {
        "data": None,
        "info": {"user": user, "client": client} if user else {"client": client},
        "offset": 7,
    }


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({}, {}),
        ({"conn_info": {"name": "Ann"}}, {"conn_info": {"name": "Ann"}}),
        ({"chan_info": "moderator"}, {"chan_info": "moderator"}),
        ({"conn_info": 0, "chan_info": []}, {"conn_info": 0, "chan_info": []}),
    ],
)
def test_info_has_what_the_credentials_tell(more: dict[str, Any], fields: dict[str, Any]) -> None:
    info = ClientInfo(user="1", client="c", **more)

    assert info_of(info) == {"user": "1", "client": "c", **fields}


@pytest.mark.parametrize("kind", ["join", "leave"])
def test_change_is_a_push_with_the_info_of_who_came_or_went(
    kind: Literal["join", "leave"],
) -> None:
    change = Change(kind, "chat.room.lobby", ClientInfo(user="", client="c", conn_info={"ü": 1}))

    frame = JSONCodec().announce(change, "drop_oldest")

    assert orjson.loads(frame.text) == {
        "push": {
            "channel": "chat.room.lobby",
            kind: {"info": {"client": "c", "conn_info": {"ü": 1}}},
        }
    }
    assert frame.size == len(frame.text.encode())
    assert (frame.topic, frame.overflow, frame.offset) == ("chat.room.lobby", "drop_oldest", 0)


def test_text_of_the_data_is_set_into_place_not_encoded_again() -> None:
    made = Publication("t", object(), b'{"kept":  "as it is"}', 1, "e")

    assert encode_pub(made) == b'{"data":{"kept":  "as it is"},"offset":1}'


@given(st.dictionaries(TEXT, TEXT))
def test_tags_stand_beside_the_data(tags: dict[str, str]) -> None:
    made = Publication("t", 1, b"1", 0, "", tags=tags)

    assert orjson.loads(encode_pub(made)) == {"data": 1} | ({"tags": tags} if tags else {})
