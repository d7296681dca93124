"""The tally: a sample for each second, and errors that cannot grow without end."""

from __future__ import annotations

from loadtest.ledger import Ledger
from loadtest.tally import MAX_KINDS, OTHER, Tally


def test_sample_has_what_its_second_added() -> None:
    tally = Tally(Ledger(("lobby",)))
    tally.enter()
    tally.enter()
    tally.ledger.arrive(tally.ledger.send(0), 0, bytearray())
    tally.wait(1_000)
    tally.fail("closed")
    first = tally.sample(1.0)
    tally.leave()
    tally.ledger.send(0)
    second = tally.sample(3.0)

    assert (first.connected, first.sent, first.delivered, first.errors) == (2, 1, 1, 1)
    assert first.p50 == first.p99 == 0.001
    assert (second.seconds, second.connected, second.sent) == (2.0, 1, 1)
    assert (second.delivered, second.errors, second.p50) == (0, 0, None)
    assert tally.samples == [first, second]
    assert tally.most_connected == 2


def test_kinds_of_errors_are_bounded_and_all_are_counted() -> None:
    tally = Tally(Ledger(("lobby",)))
    for number in range(MAX_KINDS + 10):
        tally.fail(f"kind {number}")
    tally.fail("kind 0")

    assert len(tally.errors) == MAX_KINDS + 1
    assert tally.errors[OTHER] == 10
    assert tally.errors.total() == MAX_KINDS + 11
