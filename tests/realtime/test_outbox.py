"""One connection's buffer: in order, without I/O, and closed once."""

from __future__ import annotations

import pytest

from realtime.outbox import Ending
from tests.realtime.rooms import Desk, frame


def test_frames_are_taken_in_their_order() -> None:
    desk = Desk()
    for text in "abc":
        desk.outbox.put(frame(text))

    taken = desk.outbox.take(10)

    assert [one.text for one in taken] == ["a", "b", "c"]
    assert desk.outbox.frames == []
    assert desk.outbox.size == 0


def test_take_leaves_what_is_beyond_the_limit() -> None:
    desk = Desk()
    for text in "abc":
        desk.outbox.put(frame(text))

    assert [one.text for one in desk.outbox.take(2)] == ["a", "b"]
    assert (desk.texts, desk.outbox.size) == (["c"], 10)


def test_put_keeps_the_frame_itself() -> None:
    desk, shared = Desk(), frame("shared")

    desk.outbox.put(shared)

    assert desk.outbox.frames[0] is shared


def test_ready_is_called_once_until_the_flusher_has_been() -> None:
    desk = Desk()

    desk.outbox.put(frame("a"))
    desk.outbox.put(frame("b"))
    desk.outbox.close(1000, "")

    assert desk.ready == [desk.outbox]
    desk.outbox.queued = False  # as the flusher does when it is done
    assert desk.outbox.queued is False


def test_ready_is_called_again_after_a_flush() -> None:
    desk = Desk()
    desk.outbox.put(frame("a"))
    desk.outbox.take(10)
    desk.outbox.queued = False

    desk.outbox.put(frame("b"))

    assert len(desk.ready) == 2


def test_held_outbox_gathers_and_is_not_ready() -> None:
    desk = Desk()
    desk.outbox.hold()

    desk.outbox.put(frame("a"))
    desk.outbox.put(frame("b"))

    assert (desk.texts, desk.ready) == (["a", "b"], [])


def test_released_outbox_is_ready_with_all_it_gathered() -> None:
    desk = Desk()
    desk.outbox.hold()
    desk.outbox.put(frame("a"))

    desk.outbox.release()
    desk.outbox.put(frame("b"))

    assert (desk.texts, desk.ready) == (["a", "b"], [desk.outbox])


def test_released_outbox_that_gathered_nothing_waits_for_its_first_frame() -> None:
    desk = Desk()
    desk.outbox.hold()

    desk.outbox.release()
    assert desk.ready == []

    desk.outbox.put(frame("a"))
    assert desk.ready == [desk.outbox]


def test_outbox_that_was_closed_while_held_is_ready_when_released() -> None:
    desk = Desk()
    desk.outbox.hold()
    desk.outbox.close(4401, "signed out")
    assert desk.ready == []

    desk.outbox.release()

    assert desk.ready == [desk.outbox]


def test_close_of_an_empty_outbox_is_ready() -> None:
    desk = Desk()

    desk.outbox.close(3001, "shutdown")

    assert desk.ready == [desk.outbox]
    assert desk.outbox.ending == Ending(3001, "shutdown")


def test_close_keeps_what_waits_and_puts_the_last_frame_behind_it() -> None:
    desk = Desk()
    desk.outbox.put(frame("a"))

    desk.outbox.close(3001, "shutdown", last=frame("bye"))

    assert desk.texts == ["a", "bye"]


def test_second_close_changes_nothing() -> None:
    desk = Desk()
    desk.outbox.close(3001, "shutdown")

    desk.outbox.close(3503, "forced", last=frame("bye"))

    assert desk.outbox.ending == Ending(3001, "shutdown")
    assert desk.texts == []


def test_put_after_close_is_refused() -> None:
    desk = Desk()
    desk.outbox.close(3001, "shutdown")

    desk.outbox.put(frame("late"))

    assert desk.texts == []


def test_end_gives_up_what_waits_and_tells_once() -> None:
    desk = Desk()
    desk.outbox.put(frame("a"))
    assert not desk.outbox.over

    desk.outbox.end(1006)
    desk.outbox.end(3009)

    assert (desk.ended, desk.texts, desk.outbox.size) == ([1006], [], 0)
    assert desk.outbox.ending == Ending(1006, "")
    assert desk.outbox.over


def test_end_after_close_keeps_the_first_reason() -> None:
    desk = Desk()
    desk.outbox.close(3001, "shutdown")

    desk.outbox.end(3001)

    assert desk.outbox.ending == Ending(3001, "shutdown")
    assert desk.ended == [3001]


def test_abandon_tells_nobody() -> None:
    desk = Desk()
    desk.outbox.put(frame("a"))

    desk.outbox.abandon()
    desk.outbox.end(1006)
    desk.outbox.put(frame("late"))

    assert (desk.ended, desk.texts) == ([], [])
    assert desk.outbox.over


@pytest.mark.parametrize("name", ["color", "__dict__"])
def test_outbox_has_no_room_for_more_attributes(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Desk().outbox, name, 1)
