"""The binary form's frames: what others write is read, and nothing is read beyond the end."""

from __future__ import annotations

import io
import time

import pytest
from google.protobuf.proto import parse_length_prefixed, serialize_length_prefixed
from hypothesis import given
from hypothesis import strategies as st

from realtime.codecs import client_pb2 as schema
from realtime.codecs.varint import LONGEST, field, prefixed, split, varint

MESSAGES = st.lists(st.binary(max_size=300), max_size=8)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, b"\x00"),
        (1, b"\x01"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (300, b"\xac\x02"),
        (16_383, b"\xff\x7f"),
        (16_384, b"\x80\x80\x01"),
        (2**32 - 1, b"\xff\xff\xff\xff\x0f"),
        (2**64 - 1, b"\xff" * 9 + b"\x01"),
    ],
)
def test_number_is_written_as_the_form_says(number: int, expected: bytes) -> None:
    assert varint(number) == expected


@given(st.integers(0, 2**64 - 1))
def test_number_is_read_by_the_library(number: int) -> None:
    # The field `offset` of a publication, whose tag is 6 << 3.
    assert schema.Publication.FromString(b"\x30" + varint(number)).offset == number


@given(st.text(max_size=300), st.binary(max_size=300))
def test_field_is_read_by_the_library(channel: str, data: bytes) -> None:
    raw = field(1, channel.encode()) + field(2, data)

    read = schema.PublishRequest.FromString(raw)

    assert (read.channel, read.data) == (channel, data)


def test_field_of_a_high_number_has_a_longer_tag() -> None:
    assert field(16, b"a") == b"\x82\x01\x01a"


@given(MESSAGES)
def test_stream_is_split_into_what_was_put_together(messages: list[bytes]) -> None:
    assert split(b"".join(map(prefixed, messages))) == messages


@given(st.lists(st.text(max_size=200), max_size=5))
def test_library_reads_our_frames_and_we_read_its(texts: list[str]) -> None:
    messages = [schema.RPCRequest(method=text) for text in texts]
    theirs, ours = io.BytesIO(), b"".join(prefixed(each.SerializeToString()) for each in messages)
    for each in messages:
        serialize_length_prefixed(each, theirs)

    assert theirs.getvalue() == ours
    assert split(ours) == [each.SerializeToString() for each in messages]
    stream = io.BytesIO(ours)
    assert [parse_length_prefixed(schema.RPCRequest, stream) for _ in messages] == messages


@given(MESSAGES.filter(bool), st.data())
def test_stream_that_ends_too_early_is_refused(messages: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(map(prefixed, messages))
    ends = {0}
    for message in messages:
        ends.add(max(ends) + len(prefixed(message)))
    cut = data.draw(st.integers(0, len(whole)).filter(lambda place: place not in ends))

    with pytest.raises(ValueError, match=r"."):
        split(whole[:cut])


@pytest.mark.parametrize(
    "stream",
    [
        b"\x80",
        b"\x80" * (LONGEST - 1),
        b"\x80" * LONGEST,
        b"\x80" * LONGEST + b"\x01",
        b"\xff" * 1000,
        b"\x00\x80",
    ],
)
def test_length_that_never_ends_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="no varint, or too long"):
        split(stream)


@pytest.mark.parametrize("stream", [b"\x01", b"\x05abcd", b"\xff\xff\xff\xff\x0f", b"\x01a\x02b"])
def test_message_that_is_not_whole_is_refused(stream: bytes) -> None:
    with pytest.raises(ValueError, match="ends before its last message does"):
        split(stream)


def test_length_may_be_written_in_more_bytes_than_it_needs() -> None:
    assert split(b"\x81\x80\x80\x00a") == [b"a"]


@given(st.binary(max_size=400))
def test_any_bytes_are_split_into_no_more_than_they_are_or_refused(stream: bytes) -> None:
    try:
        messages = split(stream)
    except ValueError:
        return
    # Each message costs a byte at least, and what it holds.
    assert sum(len(each) + 1 for each in messages) <= len(stream)


def test_frame_of_the_largest_size_is_split_in_time_that_grows_with_it() -> None:
    """A copy of the rest for each message would take minutes here."""
    many = 1_000_000
    started = time.perf_counter()

    assert len(split(bytes(many))) == many

    assert time.perf_counter() - started < 20
