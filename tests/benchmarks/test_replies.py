"""What those who came back were told, beside what they should have been."""

from __future__ import annotations

import json

import pytest

from benchmarks.replies import Account, account_of, subscribed
from benchmarks.wire import Place

WAS = Place(5, "abc")


def told(offsets: list[int], *, recovered: bool = True, epoch: str = "abc") -> list[bytes]:
    result = {
        "epoch": epoch,
        "offset": 5,
        "recovered": recovered,
        "publications": [{"data": {}, "offset": offset} for offset in offsets],
    }
    frame = {"id": 2, "subscribe": result}
    return [b'{"id":1,"connect":{"client":"a"}}\n' + json.dumps(frame).encode()]


def test_subscribed_reads_the_position() -> None:
    assert subscribed(told([])).place == WAS


@pytest.mark.parametrize(
    ("offsets", "lost", "doubled"),
    [([6, 7, 8], 0, 0), ([6, 7], 1, 0), ([6, 6, 7, 8], 2, 3), ([6, 7, 8, 9], 0, 1), ([], 3, 0)],
)
def test_account_counts_what_is_lost_and_doubled(
    offsets: list[int], lost: int, doubled: int
) -> None:
    account = account_of(subscribed(told(offsets)), WAS, 3)
    assert account == Account(recovered=True, lost=lost, doubled=doubled)


def test_account_takes_another_epoch_or_an_honest_no_for_not_recovered() -> None:
    assert not account_of(subscribed(told([], epoch="other")), WAS, 0).recovered
    assert not account_of(subscribed(told([], recovered=False)), WAS, 0).recovered
