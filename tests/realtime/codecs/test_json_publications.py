"""The Data socket's codec: publications as any Centrifuge client reads them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.codecs import JSONCodec
from realtime.codecs.json import encode_pub, info_of
from realtime.message import ClientInfo, Publication
from tests.realtime.codecs.documents import DATA, TEXT, TOPIC, publication

CODEC = JSONCodec()


@given(data=DATA, offset=st.integers(0, 2**40))
def test_push_is_json_that_holds_the_data(data: Any, offset: int) -> None:
    frame = CODEC.encode(publication(data, offset=offset), "close")

    pub = {"data": data, "offset": offset} if offset else {"data": data}
    assert orjson.loads(frame.text) == {"push": {"channel": TOPIC, "pub": pub}}
    assert frame.size == len(frame.text.encode())


@given(st.lists(DATA, min_size=1, max_size=5))
def test_batch_is_one_push_a_line(several: list[Any]) -> None:
    frames = [CODEC.encode(publication(data), "close") for data in several]

    message = CODEC.join(frames).event

    assert message.keys() == {"type", "text"}
    lines = [orjson.loads(line) for line in message["text"].split("\n")]
    assert [line["push"]["pub"]["data"] for line in lines] == several


def test_batch_of_one_is_the_frame_itself() -> None:
    frame = CODEC.encode(publication({"a": 1}), "close")

    assert CODEC.join([frame]).event == {"type": "websocket.send", "text": frame.text}
    assert CODEC.join([frame]).event["text"] is frame.text


def test_frame_knows_its_topic_and_policy() -> None:
    frame = CODEC.encode(publication(offset=3), "latest")

    assert (frame.topic, frame.overflow, frame.offset) == (TOPIC, "latest", 3)


@given(user=TEXT, client=TEXT)
def test_info_tells_who_published(user: str, client: str) -> None:
    info = ClientInfo(user=user, client=client)

    assert orjson.loads(encode_pub(publication(offset=7, info=info), b"null")) == {
        "data": None,
        "info": {"user": user, "client": client} if user else {"client": client},
        "offset": 7,
    }


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"conn_info": {"name": "Ann"}},
        {"chan_info": "moderator"},
        {"conn_info": 0, "chan_info": []},
    ],
)
def test_info_has_what_the_credentials_tell(more: dict[str, Any]) -> None:
    assert info_of(ClientInfo(user="1", client="c", **more)) == {"user": "1", "client": "c", **more}


def test_text_of_the_data_is_set_into_place_not_encoded_again() -> None:
    made = Publication("t", object(), b'{"kept":  "as it is"}', 1, "e")

    assert encode_pub(made, made.json) == b'{"data":{"kept":  "as it is"},"offset":1}'


@given(st.dictionaries(TEXT, TEXT))
def test_tags_stand_beside_the_data(tags: dict[str, str]) -> None:
    made = publication(1, tags=tags)

    assert orjson.loads(encode_pub(made, b"1")) == {"data": 1} | ({"tags": tags} if tags else {})


def test_history_is_an_array() -> None:
    several = [publication(number, offset=number) for number in (1, 2)]

    encoded = CODEC.publications(several, of="history")

    assert encoded.raw == b'[{"data":1,"offset":1},{"data":2,"offset":2}]'
    assert CODEC.publications([], of="history").raw == b"[]"


# Texts and patches


@pytest.mark.parametrize(("patch", "delta"), [(False, {}), (True, {"delta": True})])
def test_document_is_a_string_and_says_if_it_is_a_patch(
    patch: bool,  # noqa: FBT001 - a parameter of the test
    delta: dict[str, bool],
) -> None:
    frame = CODEC.document(publication(1, offset=4), "close", '5\n"ü";'.encode(), patch=patch)

    pub = {"data": '5\n"ü";', "offset": 4, **delta}
    assert orjson.loads(frame.text) == {"push": {"channel": TOPIC, "pub": pub}}
    assert "\n" not in frame.text
    assert (frame.topic, frame.overflow, frame.offset) == (TOPIC, "close", 4)


def test_recovered_documents_are_strings_in_an_array() -> None:
    parts = [(publication(1, offset=1), b"1", False), (publication(2, offset=2), b"1;", True)]

    assert orjson.loads(CODEC.documents(parts).raw) == [
        {"data": "1", "offset": 1},
        {"data": "1;", "offset": 2, "delta": True},
    ]
