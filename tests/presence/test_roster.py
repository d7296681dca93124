"""Who is in which room: every way to come and go, and what is told of it."""

from __future__ import annotations

import pytest

from presence.people import NOBODY, Attendance, Diff, Person
from tests.presence.rosters import ROOM, Follower, Hall

ANN, BOB = Person("Ann", "ann"), Person("Bob", "bob")


@pytest.fixture
def hall() -> Hall:
    return Hall()


def told(
    joins: tuple[Person, ...] = (),
    leaves: tuple[Person, ...] = (),
    *,
    count: int = 0,
    guests: int = 0,
    reset: bool = False,
) -> Diff:
    return Diff(room=ROOM, joins=joins, leaves=leaves, count=count, guests=guests, reset=reset)


def test_who_comes_is_told_once(hall: Hall) -> None:
    hall.enter("bob")
    hall.enter("ann")

    assert hall.flush() == told((ANN, BOB), count=2)
    assert not hall.roster.has_changed
    assert hall.flush() is None


def test_attendance_is_what_was_told(hall: Hall) -> None:
    hall.enter("ann")
    assert hall.roster.attendance(ROOM, limit=100) == Attendance((), 0, 0)
    assert not hall.roster.has(ROOM, "ann")

    hall.flush()

    assert hall.roster.attendance(ROOM, limit=100) == Attendance((ANN,), 1, 0)
    assert hall.roster.has(ROOM, "ann")
    assert not hall.roster.has("elsewhere", "ann")
    assert hall.roster.attendance("elsewhere", limit=100) == NOBODY


def test_second_connection_makes_no_noise(hall: Hall) -> None:
    hall.enter("ann", "one")
    hall.flush()

    hall.enter("ann", "two")
    hall.leave("one")
    hall.later(100)

    assert hall.flush() is None
    assert hall.roster.next_end is None


def test_same_connection_twice_counts_once(hall: Hall) -> None:
    hall.enter("ann", "one")
    hall.enter("ann", "one")
    hall.flush()
    hall.leave("one")
    hall.later(5)

    assert hall.flush() == told(leaves=(ANN,))


def test_who_leaves_stays_for_the_grace(hall: Hall) -> None:
    hall.enter("ann")
    hall.flush()
    hall.leave("ann")

    assert hall.roster.next_end == 5
    hall.later(4.9)
    assert hall.flush() is None
    hall.later(0.1)

    assert hall.flush() == told(leaves=(ANN,))
    assert len(hall.roster) == 0


def test_who_comes_back_within_the_grace_makes_no_noise(hall: Hall) -> None:
    hall.enter("ann", "one")
    hall.flush()
    hall.leave("one")
    hall.later(4)
    hall.enter("ann", "two")
    hall.later(100)

    assert hall.flush() is None
    assert hall.roster.next_end is None


def test_without_a_grace_one_leaves_with_the_next_window() -> None:
    hall = Hall(grace=0)
    hall.enter("ann")
    hall.flush()
    hall.leave("ann")
    hall.later(0)

    assert hall.flush() == told(leaves=(ANN,))


def test_join_and_leave_of_one_window_cancel_out() -> None:
    hall = Hall(grace=0)
    hall.enter("ann")
    hall.leave("ann")
    hall.later(0)

    assert hall.roster.has_changed
    assert hall.flush() is None
    assert len(hall.roster) == 0


def test_leave_and_join_of_one_window_cancel_out() -> None:
    hall = Hall(grace=0)
    hall.enter("ann")
    hall.flush()
    hall.leave("ann")
    hall.later(0)
    hall.enter("ann")

    assert hall.flush() is None


def test_other_name_is_told_as_a_join(hall: Hall) -> None:
    hall.enter("ann", "one")
    hall.flush()
    hall.enter("ann", "two", name="Anna")

    assert hall.flush() == told((Person("Anna", "ann"),), count=1)


def test_who_is_renamed_and_leaves_goes_by_the_name_that_was_told() -> None:
    hall = Hall(grace=0)
    hall.enter("ann", "one")
    hall.flush()
    hall.enter("ann", "two", name="Anna")
    hall.leave("one")
    hall.leave("two")
    hall.later(0)

    assert hall.flush() == told(leaves=(ANN,))


def test_connection_that_is_not_there_may_leave(hall: Hall) -> None:
    hall.leave("nobody")
    hall.enter("ann")
    hall.leave("somebody else")

    assert hall.flush() == told((ANN,), count=1)
    assert hall.roster.next_end is None


def test_guests_are_counted_apart(hall: Hall) -> None:
    hall.enter("", "one")
    hall.enter("", "two")
    hall.enter("ann")

    assert hall.flush() == told((ANN,), count=1, guests=2)
    assert hall.roster.attendance(ROOM, limit=100) == Attendance((ANN,), 1, 2)
    assert hall.roster.attendance(ROOM, limit=100).total == 3


def test_guest_leaves_after_the_grace(hall: Hall) -> None:
    hall.enter("", "one")
    hall.flush()
    hall.leave("one")
    assert hall.flush() is None
    hall.later(5)

    assert hall.flush() == told()
    assert len(hall.roster) == 0


def test_guest_that_loads_anew_takes_the_place_it_had(hall: Hall) -> None:
    hall.enter("", "one")
    hall.enter("", "two")
    hall.flush()
    hall.leave("one")
    hall.later(1)
    hall.leave("two")
    hall.enter("", "three")  # in the place of the first
    hall.later(4)
    assert hall.flush() is None
    hall.later(1)

    assert hall.flush() == told(guests=1)
    hall.leave("three")
    hall.later(5)
    assert hall.flush() == told()


def test_more_changes_than_can_be_told_are_a_reset() -> None:
    hall = Hall(max_changes=2)
    for user in ("ann", "bob", "cid"):
        hall.enter(user)

    assert hall.flush() == told(count=3, reset=True)
    assert hall.dropped == {"presence": 1}
    hall.enter("dan")
    assert hall.flush() == told((Person("Dan", "dan"),), count=4)


def test_change_of_who_is_in_the_buffer_already_is_no_more() -> None:
    hall = Hall(max_changes=1)
    hall.enter("ann", "one")
    hall.enter("ann", "two", name="Anna")

    assert hall.flush() == told((Person("Anna", "ann"),), count=1)
    assert hall.dropped == {}


def test_what_could_not_be_told_makes_the_next_one_a_reset(hall: Hall) -> None:
    hall.enter("ann")
    hall.flush()

    hall.roster.missed(ROOM)

    assert hall.roster.has_changed
    assert hall.flush() == told(count=1, reset=True)


def test_room_that_is_empty_by_now_can_be_missed(hall: Hall) -> None:
    hall.roster.missed(ROOM)

    assert hall.flush() == told(reset=True)
    assert len(hall.roster) == 0


def test_beyond_the_limit_people_are_counted(hall: Hall) -> None:
    hall.enter("ann")
    hall.enter("bob")
    hall.flush()

    assert hall.roster.attendance(ROOM, limit=2).people == (ANN, BOB)
    assert hall.roster.attendance(ROOM, limit=1) == Attendance(None, 2, 0)


def test_rooms_do_not_know_each_other(hall: Hall) -> None:
    hall.enter("ann")
    hall.roster.enter("other", client="ann", user="ann", name="Ann")

    assert [diff.room for diff in hall.roster.flush()] == [ROOM, "other"]
    hall.leave("ann")
    hall.later(5)
    assert [diff.room for diff in hall.roster.flush()] == [ROOM]
    assert hall.roster.has("other", "ann")


def test_follower_that_folds_knows_what_the_roster_knows() -> None:
    hall, follower = Hall(max_changes=2), Follower()
    for user in ("ann", "bob", "cid"):
        hall.enter(user)
        hall.enter("", f"guest of {user}")
    for diff in hall.roster.flush():
        follower.apply(diff, hall.roster)

    assert set(follower.people) == {"ann", "bob", "cid"}
    assert follower.guests == 3
    assert follower.resets == 1
