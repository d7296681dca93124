"""What a broken or hostile client may send to the Data socket, in either form of its protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from realtime.codecs.varint import field, prefixed, varint
from realtime.protocol import COMMANDS, MAX_ID
from tests.protobuf import frame_of
from tests.wire import LOBBY

if TYPE_CHECKING:
    from collections.abc import Mapping

Frame = TypeVar("Frame", str, bytes)

GOOD: list[Mapping[str, Any]] = [
    {"id": 11, "subscribe": {"channel": LOBBY, "recover": True, "offset": 3, "epoch": "e"}},
    {"id": 12, "publish": {"channel": LOBBY, "data": {"text": "ü", "list": [1, 2.5, None]}}},
    {"id": 13, "history": {"channel": "wire.kept.a", "limit": 9, "since": {"offset": 1}}},
    {"id": 14, "presence": {"channel": "wire.present.a"}},
    {"id": 15, "rpc": {"method": "wire.echo", "data": {"text": "hi"}}},
    {"send": {"data": {"action": "wire.quiet", "text": "hi"}}},
    {"id": 16, "refresh": {"token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"}},
    {"id": 17, "sub_refresh": {"channel": LOBBY, "token": "a.b.c"}},
    {"id": 18, "unsubscribe": {"channel": LOBBY}},
    {"id": 19, "subscribe": {"channel": "wire.changing", "delta": "fossil", "flag": 2}},
    {"id": 20, "connect": {"token": "a.b.c", "subs": {LOBBY: {"recover": True}}, "data": [1]}},
    {},
]
FIELDS = [
    "channel",
    "token",
    "data",
    "method",
    "recover",
    "offset",
    "epoch",
    "flag",
    "delta",
    "limit",
    "since",
    "reverse",
    "subs",
    "join_leave",
]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(
    draw: st.DrawFn, good: st.SearchStrategy[Frame], new: st.SearchStrategy[Frame]
) -> Frame:
    """Draw a good frame of which parts were cut out, doubled or replaced."""
    frame = draw(good)
    for _ in range(draw(st.integers(1, 4))):
        start, stop = sorted(draw(st.tuples(*[st.integers(0, len(frame))] * 2)))
        put = draw(st.one_of(new, st.sampled_from([frame[:0], frame[start:stop] * 2])))
        frame = frame[:start] + put + frame[stop:]
    return frame


# Texts

_BODIES = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4) | JSON
_COMMANDS = st.fixed_dictionaries(
    {"id": st.integers(1, MAX_ID) | JSON},
    optional=dict.fromkeys(sorted(COMMANDS - {"connect"}), _BODIES),
)
_GOOD_TEXTS = st.lists(st.sampled_from(GOOD), min_size=1, max_size=3).map(
    lambda several: "\n".join(map(json.dumps, several))
)
_NUMBERS = st.sampled_from(["9" * 5000, "-" + "9" * 400, "1e999", "-0.0", "0x1", "1" * 20, "1E-9"])
_DEEP = st.builds(
    lambda opening, depth, closed: opening * depth + (_closing(opening) * depth if closed else ""),
    st.sampled_from(["[", '{"a":', '{"id":1,"rpc":']),
    st.sampled_from([100, 255, 1023, 4000]),
    st.booleans(),
)


def _closing(opening: str) -> str:
    return "]" if opening == "[" else "1}" if opening == '{"a":' else "}"


TEXTS: st.SearchStrategy[str] = st.one_of(
    st.text(),
    mutated(_GOOD_TEXTS, st.text(max_size=5)),
    st.lists(_COMMANDS, min_size=1, max_size=4).map(lambda each: "\n".join(map(json.dumps, each))),
    st.builds(
        '{{"id":{},"history":{{"channel":"wire.kept.a","limit":{}}}}}'.format, _NUMBERS, _NUMBERS
    ),
    _DEEP,
    st.builds(
        '{{"id":7,"publish":{{"channel":"wire.open.a","data":{}}}}}'.format, _DEEP | _NUMBERS
    ),
)

# Bytes

_GOOD_BYTES = st.lists(st.sampled_from(GOOD), min_size=1, max_size=3).map(
    lambda each: frame_of(*each)
)
_NUMBER_FIELDS = st.builds(
    lambda number, value: varint(number << 3) + varint(value),
    st.integers(0, 20),
    st.sampled_from([0, 1, 2, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1, 2**70]),
)
_ANY_FIELDS = st.recursive(
    st.binary(max_size=8) | _NUMBER_FIELDS,
    lambda inner: st.lists(
        st.builds(field, st.integers(0, 20), inner) | _NUMBER_FIELDS, max_size=3
    ).map(b"".join),
    max_leaves=6,
)
_COMMAND_BYTES = st.builds(
    lambda number, body: prefixed(b"\x08\x05" + field(number, body)),
    st.integers(5, 15),
    _ANY_FIELDS,
)


def _nested(number: int, depth: int) -> bytes:
    """Return messages within each other, as a field of each is."""
    inner = b""
    for _ in range(depth):
        inner = field(number, inner)
    return prefixed(b"\x08\x05" + inner)


BYTES: st.SearchStrategy[bytes] = st.one_of(
    st.binary(),
    mutated(_GOOD_BYTES, st.binary(max_size=5)),
    _COMMAND_BYTES,
    st.lists(_COMMAND_BYTES, min_size=1, max_size=4).map(b"".join),
    # Lengths that never end, that are wrong, that say more than there is.
    st.builds(
        lambda byte, count: byte * count,
        st.sampled_from([b"\x80", b"\xff", b"\x81"]),
        st.integers(1, 99),
    ),
    st.builds(lambda size, rest: varint(size) + rest, st.integers(0, 2**40), st.binary(max_size=9)),
    # Groups without an end, messages within messages, and JSON within those.
    st.integers(1, 3000).map(lambda depth: prefixed(b"\x0b" * depth)),
    st.builds(_nested, st.sampled_from([3, 4, 10]), st.sampled_from([2, 50, 99, 101, 500])),
    _DEEP.map(
        lambda text: prefixed(
            b"\x08\x05" + field(7, field(1, b"wire.open.a") + field(2, text.encode()))
        )
    ),
)

# Frames of many small messages. Each has so many of them in a thousand bytes.
SMALL: Mapping[str, tuple[str, bytes]] = {
    "pongs": ("{}\n", b"\0"),
    "no command": ('{"id":1}\n', b"\x02\x08\x01"),
    "unknown command": ('{"id":1,"a":0}\n', b"\x05\x08\x01\x9a\x06\0"),
    "no topic": ('{"id":1,"subscribe":{}}\n', b"\x04\x08\x01\x2a\0"),
    "sent to nobody": ('{"send":{}}\n', b"\x02\x62\0"),
    "blank": ("\n", b"\0"),
    "nothing that could be read": ("x\n", b"\x01\xff"),
}
