"""What travels: nobody may change it, and it stays small."""

from __future__ import annotations

import dataclasses

import pytest

from realtime.message import Change, ClientInfo, Draft, Frame, Position, Publication

THINGS = [
    Position(1, "a"),
    ClientInfo(user="1", client="c"),
    Change("join", "t", ClientInfo(user="1", client="c")),
    Draft(topic="t", data={}, json=b"{}"),
    Publication("t", {}, b"{}", 1, "a"),
]
FRAME = Frame("{}", 2)


@pytest.mark.parametrize("thing", [*THINGS, FRAME], ids=lambda thing: type(thing).__name__)
def test_message_is_frozen_and_slotted(thing: object) -> None:
    assert dataclasses.is_dataclass(thing)
    name = dataclasses.fields(thing)[0].name

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing, name, "other")
    assert not hasattr(thing, "__dict__")


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_message_equals_its_copy(thing: object) -> None:
    assert dataclasses.is_dataclass(thing)
    assert not isinstance(thing, type)

    assert dataclasses.replace(thing) == thing


def test_frame_equals_only_itself() -> None:
    assert FRAME == FRAME
    assert dataclasses.replace(FRAME) != FRAME


def test_frame_closes_a_full_outbox_unless_it_says_otherwise() -> None:
    assert Frame("{}", 2).overflow == "close"


def test_positions_of_different_epochs_differ() -> None:
    assert Position(1, "a") != Position(1, "b")
