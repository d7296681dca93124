"""The ground truth: each message once at each follower of its room; the rest is lost or doubled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loadtest.ledger import ANSWERED, CUT_OFF, REFUSED, Balance, Ledger


def ledger_with(*followers: int) -> Ledger:
    found = Ledger(tuple(f"room-{number}" for number in range(len(followers))))
    for room, count in zip(found.rooms, followers, strict=True):
        room.followers = count
    return found


def test_message_is_owed_to_every_follower_of_its_room() -> None:
    ledger = ledger_with(3, 5)
    ledger.send(0)
    ledger.send(1)

    assert ledger.balance() == Balance(expected=8, delivered=0, lost=8, unanswered=0)


def test_arrival_counts_once_for_each_follower_and_then_as_doubled() -> None:
    ledger = ledger_with(2)
    number = ledger.send(0)
    one, other = bytearray(), bytearray()

    assert [ledger.arrive(number, 0, seen) for seen in (one, other, one)] == [True, True, False]
    assert ledger.balance() == Balance(expected=2, delivered=2, lost=0, unanswered=0)
    assert ledger.doubled == 1


def test_message_of_another_room_or_of_nobody_counts_as_doubled_only() -> None:
    ledger = ledger_with(1, 1)
    number = ledger.send(0)

    assert not ledger.arrive(number, 1, bytearray())
    assert not ledger.arrive(number + 1, 0, bytearray())
    assert (ledger.doubled, ledger.delivered) == (2, 0)


def test_refused_message_is_owed_to_nobody() -> None:
    ledger = ledger_with(2)
    ledger.settle(ledger.send(0), REFUSED)

    assert ledger.balance() == Balance(expected=0, delivered=0, lost=0, unanswered=0)
    assert ledger.refused == 1


def test_message_cut_off_before_its_answer_is_owed_only_if_somebody_has_it() -> None:
    ledger = ledger_with(2)
    seen_once, seen_never = ledger.send(0), ledger.send(0)
    ledger.settle(seen_once, CUT_OFF)
    ledger.settle(seen_never, CUT_OFF)
    ledger.arrive(seen_once, 0, bytearray())

    assert ledger.balance() == Balance(expected=2, delivered=1, lost=1, unanswered=1)


def test_first_word_about_a_message_counts() -> None:
    ledger = ledger_with(1)
    number = ledger.send(0)
    ledger.settle(number, ANSWERED)
    ledger.settle(number, CUT_OFF)
    ledger.settle(number, REFUSED)

    assert ledger.balance().lost == 1
    assert ledger.refused == 0


@given(
    sent=st.lists(st.integers(0, 2), max_size=60),
    arrivals=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 59)), max_size=200),
)
def test_account_is_right_for_any_arrivals_in_any_order(
    sent: list[int], arrivals: list[tuple[int, int]]
) -> None:
    ledger = ledger_with(2, 2, 2)
    followers = [bytearray() for _ in range(6)]  # two in each room
    for room in sent:
        ledger.send(room)

    had: set[tuple[int, int]] = set()
    doubled = 0
    for follower, number in arrivals:
        right = number < len(sent) and sent[number] == follower // 2
        first = right and (follower, number) not in had
        assert ledger.arrive(number, follower // 2, followers[follower]) is first
        doubled += not first
        had |= {(follower, number)} if first else set()

    assert ledger.doubled == doubled
    assert ledger.balance() == Balance(2 * len(sent), len(had), 2 * len(sent) - len(had), 0)


def test_follower_keeps_one_bit_for_each_message_of_its_room() -> None:
    ledger = ledger_with(1, 1)
    seen = bytearray()
    for _ in range(8_000):
        ledger.arrive(ledger.send(0), 0, seen)
        ledger.send(1)

    assert len(seen) == 1_000
