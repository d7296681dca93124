"""Deltas: what the SDKs' own decoder makes the target of, never longer, never slow."""

from __future__ import annotations

import json
import random
from typing import Any, SupportsIndex

import pytest
from centrifuge.fossil import apply_delta  # type: ignore[import-untyped]  # it has annotations
from hypothesis import example, given
from hypothesis import strategies as st

from realtime.fossil import BLOCK, DIGITS, delta

# How much longer than its target a delta may be: its length, one insertion's, and the checksum.
OVERHEAD = 17

ROWS: list[dict[str, Any]] = [
    {"id": number, "name": f"instrument {number}", "price": number * 1.5, "status": "open"}
    for number in range(40)
]


def applied(source: bytes, patch: bytes) -> bytes:
    result: bytes = apply_delta(source, patch)
    return result


@st.composite
def edits(draw: st.DrawFn, pieces: st.SearchStrategy[bytes]) -> tuple[bytes, bytes]:
    """Draw a text and what became of it: pieces that are kept, moved, repeated, left out, new."""
    before = draw(st.lists(pieces, min_size=1, max_size=12))
    after = draw(st.lists(st.sampled_from(before) | pieces, max_size=16))
    return b"".join(before), b"".join(after)


BINARY = st.binary(max_size=60)
FEW_LETTERS = st.text("ab", max_size=60).map(str.encode)
WORDS = st.text(max_size=30).map(str.encode)
WIDE = st.text("äöéèß漢字🎈🎉", max_size=30).map(str.encode)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (b"", b"", b"0\n0;"),
        (b"a source", b"", b"0\n0;"),
        (b"", b"abc", b"3\n3:abc1XObC0;"),
        (b"abc", b"abcd", b"4\n4:abcd1XObD_;"),
        (b"0123456789abcdef", b"0123456789abcdef", b"G\nG@0,12xn;"),
        (b"0123456789abcde", b"0123456789abcde", b"F\nF:0123456789abcde12wC;"),
        (bytes(64), bytes(63), b"~\n~@0,0;"),
        (bytes(4096), bytes(4096), b"100\n100@0,0;"),
        (b"", b"\xff" * 8, b"8\n8:" + b"\xff" * 8 + b"3~~~~z;"),
    ],
)
def test_delta_is_written_as_the_form_says(source: bytes, target: bytes, expected: bytes) -> None:
    assert delta(source, target) == expected
    assert applied(source, expected) == target


def test_digits_are_those_of_the_form() -> None:
    assert len(set(DIGITS)) == 64
    assert bytes(sorted(DIGITS)) == DIGITS, "they rise as their bytes do"


@given(edits(BINARY) | edits(FEW_LETTERS) | st.tuples(st.binary(), st.binary()))
@example((b"\x80" * 40, b"\x80" * 40))
@example((b"\x80" * 40, b"x" + b"\x80" * 40 + b"y" + b"\x80" * 18 + b"z"))
def test_any_bytes_come_back(pair: tuple[bytes, bytes]) -> None:
    source, target = pair

    assert applied(source, delta(source, target)) == target


@given(edits(WORDS) | edits(WIDE))
def test_texts_come_back_from_a_delta_that_is_a_text(pair: tuple[bytes, bytes]) -> None:
    source, target = pair

    patch = delta(source, target)

    assert applied(source, patch.decode().encode()) == target


@given(edits(BINARY) | edits(FEW_LETTERS) | edits(WIDE))
def test_delta_is_hardly_longer_than_its_target(pair: tuple[bytes, bytes]) -> None:
    source, target = pair

    assert len(delta(source, target)) <= len(target) + OVERHEAD


@pytest.mark.parametrize("size", [1000, 65_536, 1_000_000])
def test_what_has_nothing_in_common_is_hardly_longer(size: int) -> None:
    chance = random.Random(size)  # noqa: S311 - the same bytes in every run
    source, target = chance.randbytes(size), chance.randbytes(size)

    patch = delta(source, target)

    assert applied(source, patch) == target
    assert len(patch) <= size + OVERHEAD


@pytest.mark.parametrize("wide", ["ä", "漢", "🎈"])
def test_letters_that_differ_in_their_last_byte_are_not_cut(wide: str) -> None:
    other = chr(ord(wide) + 1)
    assert other.encode()[:-1] == wide.encode()[:-1]
    source = f"{'a' * 20}{wide}{'b' * 40}{wide}{'c' * 20}".encode()
    target = f"{'a' * 20}{other}{'b' * 40}{other}{'c' * 20}".encode()

    patch = delta(source, target)

    assert applied(source, patch) == target
    assert patch.decode().count(other) == 2
    assert patch.count(b"@") == 3


def test_run_that_is_short_without_its_cut_letters_is_not_copied() -> None:
    # 16 bytes are alike, but the first one and the last three are parts of other letters.
    source, target = f"x{'🎈' * 12}".encode(), "🍈🎈🎈🎈🎉".encode()

    patch = delta(source, target)

    assert applied(source, patch) == target
    assert b"@" not in patch


def test_run_is_copied_from_its_first_byte_to_its_last() -> None:
    source = scattered(200)
    target = b"before" + source[5:95] + b"after"

    assert delta(source, target).startswith(b"1a\n6:before1Q@5,5:after")


def test_changed_values_of_a_document_are_all_that_travels() -> None:
    source = json.dumps(ROWS).encode()
    changed = [row | ({"price": 77.25} if row["id"] in {3, 20, 36} else {}) for row in ROWS]
    target = json.dumps(changed).encode()

    patch = delta(source, target)

    assert applied(source, patch) == target
    assert len(patch) < 80 < len(target) // 30


def test_row_that_scrolls_out_costs_nothing_but_the_new_one() -> None:
    source, target = json.dumps(ROWS[:-1]).encode(), json.dumps(ROWS[1:]).encode()

    patch = delta(source, target)

    assert applied(source, patch) == target
    assert len(patch) < len(json.dumps(ROWS[-1])) + 40


def test_what_moved_is_found_wherever_it_stood() -> None:
    source, target = (json.dumps(rows).encode() for rows in (ROWS, [*ROWS[20:], *ROWS[:20]]))

    patch = delta(source, target)

    assert applied(source, patch) == target
    assert len(patch) < 60


def test_repeated_blocks_are_taken_from_close_by() -> None:
    # All rows have these blocks alike; only the nearest goes on alike beyond them.
    rows = [f"{number:06}" + "the same in all rows" * 4 for number in range(20)]
    source = "".join(rows).encode()
    target = "".join(f"!{row}" for row in rows).encode()

    patch = delta(source, target)

    assert applied(source, patch) == target
    assert patch.count(b"@") == 20


# Time is not measured, but what makes it: how many bytes are looked at.


class Watched(bytes):
    """Bytes that count how many of them were cut out or searched, and how often."""

    seen = 0
    looks = 0

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        self.looks += 1
        self.seen += len(part) if isinstance(part, bytes) else 1
        return part

    def find(
        self,
        sub: Any,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> int:
        self.seen += BLOCK + len(range(*slice(start, end).indices(len(self))))
        return super().find(sub, start, end)


def repeated(pattern: bytes, size: int) -> bytes:
    return (pattern * (size // len(pattern) + 1))[:size]


def scattered(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - the same bytes in every run


HOSTILE = {
    "zeros and other zeros": (b"\0", b"\0" * 30 + b"x"),
    "one block again and again": (b"a" * 16 + b"b" * 16, b"a" * 16 + b"c"),
    "blocks that almost stand close by": (b"a" * 15 + b"b", b"a" * 16 + b"c"),
    "what is no text": (b"\x80", b"\x80" * 17 + b"x"),
    "letters that are cut": ("ä".encode(), ("ä" * 8).encode() + b"\xc3x"),
    "long runs with a flaw": (b"a" * 999 + b"b", b"a" * 998 + b"b"),
    "rows that move": (json.dumps(ROWS).encode(), json.dumps(ROWS[::-1]).encode()),
}


@pytest.mark.parametrize("name", [*HOSTILE, "nothing in common"])
@pytest.mark.parametrize("size", [2_000, 16_000, 128_000])
def test_each_byte_is_looked_at_a_bounded_number_of_times(name: str, size: int) -> None:
    if name in HOSTILE:
        source, target = (Watched(repeated(pattern, size)) for pattern in HOSTILE[name])
    else:
        source, target = Watched(scattered(size)), Watched(scattered(size + 1))

    patch = delta(source, target)

    assert applied(bytes(source), patch) == target
    # Each place is cut out once for the table and once to be looked up in it (16 bytes each), and
    # what is alike once while the step grows and once while it shrinks. No size changes that.
    assert source.seen + target.seen <= 20 * (len(source) + len(target))


def test_only_what_changed_is_looked_up() -> None:
    source = Watched(b"head" * 500 + b"one value" + b"tail" * 500)
    target = Watched(b"head" * 500 + b"another" + b"tail" * 500)

    delta(source, target)

    assert source.seen + target.seen <= 2 * (len(source) + len(target))


def test_long_stretches_that_are_alike_are_compared_in_few_steps() -> None:
    source, target = Watched(scattered(100_000)), Watched(scattered(100_000))

    delta(source, target)

    assert target.looks < 50
