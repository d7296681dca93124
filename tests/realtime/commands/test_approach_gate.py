"""The gate: what was published while the history was read is merged with it, by offset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.commands.approach import Gate
from realtime.exceptions import ProtocolError
from realtime.message import Frame, Position
from realtime.recovery import MAX_PUBLICATIONS


def frame(offset: int) -> Frame:
    return Frame("{}", 2, "t", "close", offset, "e" if offset else "")


def gate(offsets: list[int]) -> Gate:
    made = Gate()
    for offset in offsets:
        made.put(frame(offset))
    return made


@given(
    top=st.integers(0, 10),
    first=st.integers(1, 12),
    count=st.integers(0, 12),
    missing=st.sets(st.integers(1, 24), max_size=2),
    told=st.booleans(),
)
def test_merge_has_no_hole_and_no_double_or_ends_the_connection(
    *, top: int, first: int, count: int, missing: set[int], told: bool
) -> None:
    held = [offset for offset in range(first, first + count) if offset not in missing]
    waiting = gate(held)
    if told:
        waiting.lost("t")
    after = [offset for offset in held if offset > top]

    if not told and after == list(range(top + 1, top + 1 + len(after))):
        assert [each.offset for each in waiting.after(Position(top, "e"))] == after
    else:
        with pytest.raises(ProtocolError) as refused:
            waiting.after(Position(top, "e"))
        assert refused.value.code == 3010


@given(top=st.integers(0, 9), offsets=st.lists(st.integers(1, 12), max_size=8))
def test_merge_of_whatever_was_held_continues_the_history(top: int, offsets: list[int]) -> None:
    try:
        merged = [each.offset for each in gate(offsets).after(Position(top, "e"))]
    except ProtocolError:
        return
    assert merged == list(range(top + 1, top + 1 + len(merged)))


def test_gate_holds_no_more_than_a_history_returns() -> None:
    full = gate(list(range(1, MAX_PUBLICATIONS + 1)))
    assert len(full.after(Position(0, "e"))) == MAX_PUBLICATIONS

    full.put(frame(MAX_PUBLICATIONS + 1))

    assert len(full.held) == MAX_PUBLICATIONS
    with pytest.raises(ProtocolError):
        full.after(Position(0, "e"))


def test_publication_that_skipped_the_history_is_kept_in_its_place() -> None:
    merged = gate([0, 3, 0, 4, 0]).after(Position(3, "e"))

    assert [each.offset for each in merged] == [0, 0, 4, 0]


@pytest.mark.parametrize("offset", [1, 2, 3])
def test_publication_of_another_life_is_no_part_of_this_one(offset: int) -> None:
    """Not even if its offset is the next, or one that would be taken for an old one."""
    waiting = gate([])
    waiting.put(Frame("{}", 2, "t", "close", offset, "another"))

    with pytest.raises(ProtocolError) as refused:
        waiting.after(Position(1, "e"))

    assert refused.value.code == 3010
