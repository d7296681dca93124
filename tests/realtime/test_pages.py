"""What a page says of itself in its address, and the markers that move in it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.message import Position
from realtime.pages import (
    ENTERED,
    LONG_AGO,
    RESYNC,
    earlier,
    flagged,
    marker,
    positions_of,
    query_of,
)

HERE = Position(7, "epoch")


def test_address_is_read_back_whatever_the_topics_are_called() -> None:
    written = {"token": ["a:b", "c"], "at": ["7~e_-~own~er#42,7", "0~e~ä"]}

    query = query_of({"query_string": urlencode(written, doseq=True).encode()})

    assert query == written
    assert positions_of(query["at"]) == {"own~er#42,7": Position(7, "e_-"), "ä": Position(0, "e")}


@pytest.mark.parametrize(
    "entry",
    [
        *("", "7", "7~e", "~e~t", "-1~e~t", "+1~e~t", "1.5~e~t", "1_0~e~t", " 1~e~t", "\u0663~e~t"),
        *("9" * 5_000 + "~e~t", 7, None, ["7", "e", "t"], {}),
    ],
    ids=repr,
)
def test_position_that_cannot_be_read_is_left_out(entry: object) -> None:
    assert positions_of([entry, "1~e~other"]) == {"other": Position(1, "e")}


@pytest.mark.parametrize("entries", [None, "7~e~t", {"7~e~t": 1}, 7])
def test_positions_that_are_no_list_are_none(entries: object) -> None:
    assert positions_of(entries) == {}


positions = st.builds(Position, st.integers(0, 9), st.sampled_from(["one", "two"]))


@given(st.none() | positions, st.none() | positions)
def test_earlier_position_is_good_for_both_parts(
    one: Position | None, other: Position | None
) -> None:
    found = earlier(one, other)

    assert found == earlier(other, one)
    if one is None or other is None:
        assert found in {one, other}
        assert (found is None) == (one is None and other is None)
    elif one.epoch == other.epoch:
        assert found == Position(min(one.offset, other.offset), one.epoch)
    else:
        assert found == LONG_AGO


def test_marker_moves_the_position_of_its_topic_and_can_say_more() -> None:
    plain = marker("own#42", HERE)

    assert plain == ('<data id="goby-at-own#42" value="7~epoch" hidden hx-swap-oob="true"></data>')
    assert flagged(plain, ENTERED) == plain.replace("></", " data-goby-entered></")
    assert flagged(plain, RESYNC) == plain.replace("></", " data-goby-entered data-goby-resync></")


def test_topic_with_markup_cannot_leave_the_marker() -> None:
    found = marker('"><script>', HERE)

    assert found.count("<") == found.count(">") == 2
    assert found.count('"') == 6
