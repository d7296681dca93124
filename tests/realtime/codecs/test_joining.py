"""Messages are joined once for all who have the same frames, and are what WebSockets carry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from realtime.codecs.joining import Joiner, Message
from realtime.message import Frame


def frame(text: str) -> Frame:
    return Frame(text, len(text), "t")


class Joins:
    """A join that remembers what it joined."""

    def __init__(self) -> None:
        self.joined: list[list[Frame]] = []

    def __call__(self, frames: list[Frame]) -> dict[str, Any]:
        self.joined.append(frames)
        return {"text": "".join(each.text for each in frames)}


def test_same_frames_are_joined_once() -> None:
    join, a, b = Joins(), frame("a"), frame("b")
    joiner = Joiner(join)

    messages = [joiner([a, b]) for _ in range(3)]

    assert join.joined == [[a, b]]
    assert messages[0] is messages[1] is messages[2]
    assert messages[0].event == {"text": "ab"}


@pytest.mark.parametrize("others", ["a", "abc", "ac", "ba", ""])
def test_other_frames_are_joined_anew(others: str) -> None:
    joiner = Joiner(Joins())
    before = joiner([frame("a"), frame("b")])

    after = joiner([frame(each) for each in others])

    assert before.event == {"text": "ab"}
    assert after.event == {"text": others}


def test_wire_is_made_once() -> None:
    message = Message({"text": "hi"})

    assert message.wire == b"\x81\x02hi"
    assert message.wire is message.wire


def test_binary_message_is_binary_on_the_wire() -> None:
    assert Message({"bytes": b"\0"}).wire == b"\x82\x01\0"


def test_empty_message_is_a_frame_too() -> None:
    assert Message({"text": ""}).wire == b"\x81\x00"


@given(size=st.sampled_from([1, 125, 126, 127, 65_535, 65_536, 65_537]) | st.integers(0, 300))
def test_wire_is_what_the_library_for_websockets_makes(size: int) -> None:
    text = "ü" + "x" * size

    expected = WebSocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)

    assert Message({"text": text}).wire == expected
